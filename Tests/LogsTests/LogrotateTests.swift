import Foundation
import Host
import TestSupport
import Testing

@testable import Logs

/// The program, in a folder that a user's PATH may lack.
enum Logrotate {
    static let program = ["/usr/sbin/logrotate", "/usr/bin/logrotate"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Where it must not be skipped, a missing program fails the tests.
    static let isEnabled = program != nil || ProcessInfo.processInfo.environment["REQUIRE_LOGROTATE"] == "1"
}

/// `config/logrotate/cryptotrader`, read by logrotate itself.
@Suite(
    "logrotate file", .enabled(if: Logrotate.isEnabled, "no logrotate; apt-get install logrotate"),
    .timeLimit(.minutes(1)))
struct LogrotateTests {
    private static let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../config/logrotate/cryptotrader").standardizedFileURL

    private let logs: LogSample
    private let other: ScratchFolder

    init() throws {
        logs = try LogSample()
        other = try ScratchFolder()
        let text = try String(contentsOf: Self.source, encoding: .utf8)
            .replacing("/home/me/cryptotrader/logs", with: logs.url.path).replacing("su me me\n", with: "\n")
        try Data(text.utf8).write(to: other.url.appending(path: "file"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: other.path("file"))
        for name in ["backup.log", "health.log", "service_stdout.log", "bot.jsonl", "errors.log"] {
            try logs.write("one\n", to: name)
        }
    }

    private func logrotate(_ flag: String) async throws -> String {
        let program = try #require(Logrotate.program, "logrotate is not installed")
        let end = try await Program(
            program, [flag, "-s", other.path("state"), other.path("file")], deadline: .seconds(30)
        ).run()
        #expect(end.status == 0, "\(end.errors)")
        return end.errors + end.output
    }

    @Test func `logrotate reads it without a complaint, and takes each log once`() async throws {
        let said = try await logrotate("-d")
        #expect(!said.lowercased().contains("error:"), "\(said)")
        for name in try logs.names() {
            #expect(
                said.split(separator: "\n").count { $0.hasPrefix("considering log \(logs.url.path)/\(name)") } == 1,
                "\(said)")
        }
    }

    @Test func `a writer goes on in a new file after logrotate has renamed the old one`() async throws {
        let clock = HandClock()
        let file = ReopeningFile(logs.url.appending(path: "bot.jsonl").path, now: { clock.now })
        file.append(Array("two\n".utf8))
        _ = try await logrotate("-f")
        file.append(Array("late\n".utf8))
        clock.advance(by: .seconds(1))
        file.append(Array("three\n".utf8))
        let rotated = try #require(try logs.names().first { $0.hasPrefix("bot.jsonl-") })
        #expect(try logs.text(rotated) == "one\ntwo\nlate\n")
        #expect(try logs.text("bot.jsonl") == "three\n")
    }
}
