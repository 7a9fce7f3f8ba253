import Foundation
import Host
import Testing

@Suite("Names of secrets") struct SecretNamesTests {
    /// A new secret is named in the example file, and must then be kept from programs of others as well.
    @Test func `no program of others gets a setting that the example file calls a secret`() throws {
        let example = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: ".env.example")
        let text = try String(contentsOf: example, encoding: .utf8)
        let start = try #require(text.range(of: "# Secrets. ")).upperBound
        let end = try #require(text.range(of: "in three places", range: start..<text.endIndex)).lowerBound
        let names = Set(text[start..<end].matches(of: /[A-Z]+(?:_[A-Z]+)+/).map { String($0.output) })
        #expect(names.count >= 7)
        #expect(names.subtracting(SecretNames.all) == [])
    }
}
