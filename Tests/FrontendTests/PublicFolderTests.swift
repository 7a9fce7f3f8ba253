import Foundation
import Testing

@testable import Frontend

@Suite struct PublicFolderTests {
    @Test func `the page's files are beside the program`() {
        #expect(FileManager.default.fileExists(atPath: PublicFolder.besideProgram.appending(path: "index.html").path))
    }
}
