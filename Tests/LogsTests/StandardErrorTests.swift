import Candles
import Foundation
import Logging
import SystemPackage
import TestSupport
import Testing

@testable import Logs

@Suite("Standard error of a service") struct StandardErrorTests {
    private let entry = LogEntry(
        time: 0, level: .error, source: "backup", message: "first\nsecond \u{1b}[0m\n", fields: ["code": "x-y"])

    private func standardError(_ stream: (FileIdentity) -> String?) throws -> StandardError {
        let folder = try ScratchFolder()
        let file = try FileDescriptor.open(
            FilePath(folder.path("stream")), .writeOnly, options: [.create], permissions: .ownerReadWrite)
        return try file.closeAfter {
            let stream = stream(try FileIdentity(file))
            return StandardError(environment: stream.map { ["JOURNAL_STREAM": $0] } ?? [:], file: file)
        }
    }

    @Test func `in the journal each line has its own priority, and no time`() throws {
        let journal = try standardError { "\($0.device):\($0.inode)" }
        #expect(journal.text(of: entry) == "<3>backup: first\n<3>second \\u{1B}[0m\n<3> code=x-y\n")
    }

    @Test func `anywhere else lines have a time, and no priority`() throws {
        let text = "1970-01-01T00:00:00.000Z ERROR backup: first\n    second \\u{1B}[0m\n     code=x-y\n"
        #expect(try standardError { _ in nil }.text(of: entry) == text)
        // Inherited from a service that gave us another stderr.
        #expect(try standardError { "\($0.device):\($0.inode + 1)" }.text(of: entry) == text)
        #expect(try standardError { _ in "nonsense" }.text(of: entry) == text)
    }

    @Test func `in plain form an entry is one line, but for the journal`() throws {
        let text = "1970-01-01T00:00:00.000Z ERROR backup: first\\nsecond \\u{1B}[0m\\n code=x-y\n"
        #expect(try standardError { _ in nil }.text(of: entry, isPlain: true) == text)
        let journal = try standardError { "\($0.device):\($0.inode)" }
        #expect(journal.text(of: entry, isPlain: true) == journal.text(of: entry))
    }

    @Test func `priorities are those of syslog`() {
        #expect(Logger.Level.allCases.map(StandardError.priority) == [7, 7, 6, 5, 4, 3, 2])
    }
}
