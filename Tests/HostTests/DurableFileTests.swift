import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct DurableFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func path(_ name: String) -> String { folder.path(name) }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test func `a file is replaced whole, and nothing is left beside it`() throws {
        try DurableFile.replace(path("made/settings"), by: Array("one".utf8))
        try DurableFile.replace(path("made/settings"), by: Array("two".utf8))
        #expect(try String(contentsOfFile: path("made/settings"), encoding: .utf8) == "two")
        let mode = try FileManager.default.attributesOfItem(atPath: path("made/settings"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path("made")) == ["settings"])
    }

    @Test func `a link stays a link, and what it leads to is replaced`() throws {
        try DurableFile.create(path("real"), Array("one".utf8))
        try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: path("real"))
        try DurableFile.replace(path("link"), by: Array("two".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("real"))
        #expect(try String(contentsOfFile: path("real"), encoding: .utf8) == "two")
    }

    @Test func `what is there is not made anew, and a link is not followed`() throws {
        try DurableFile.create(path("there"), Array("kept".utf8))
        try FileManager.default.createSymbolicLink(atPath: path("dangling"), withDestinationPath: path("elsewhere"))
        for name in ["there", "dangling"] {
            #expect(throws: Errno.fileExists) { try DurableFile.create(path(name), Array("new".utf8)) }
        }
        #expect(try String(contentsOfFile: path("there"), encoding: .utf8) == "kept")
        #expect(try names() == ["dangling", "there"])
    }

    @Test func `a file that cannot get its name leaves nothing`() throws {
        try FileManager.default.createDirectory(atPath: path("folder/within"), withIntermediateDirectories: true)
        #expect(throws: Errno.self) { try DurableFile.replace(path("folder"), by: Array("x".utf8)) }
        #expect(try names() == ["folder"])
    }
}
