import Foundation
import TestSupport
import Testing

extension OpsCommandSuite {
    @Suite("Watchdog without a journal", .timeLimit(.minutes(2))) struct WatchdogJournalTests {
        @Test(arguments: ["check", "run"])
        func `nothing is restarted that nobody could note, and people are told`(command: String) async throws {
            var host = try await OpsHost(.sqlite, candles: 1)
            let folder = host.folder
            let text = """
                {"services": [{"name": "bot", "pid_file": "\(folder.path("none.pid"))", "start": ["touch", "\(folder.path("mark"))"]}]}
                """
            try text.write(toFile: folder.path("watchdog.json"), atomically: true, encoding: .utf8)
            // What opens as no journal, whatever the disk has room for.
            try FileManager.default.createDirectory(
                atPath: folder.path("blind/journal.db"), withIntermediateDirectories: true)
            host.environment["STATE_DIR"] = folder.path("blind")
            host.environment["WATCHDOG_CONFIG"] = folder.path("watchdog.json")
            host.environment["LOG_DIR"] = folder.path("logs")
            let outcome = try await host.ops("watchdog", command).run()
            #expect(outcome.status == 74, "\(outcome.out) \(outcome.err)")
            #expect(!FileManager.default.fileExists(atPath: folder.path("mark")))
            let alerts = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs/alerts"))
            let log = try String(
                contentsOfFile: folder.path("logs/alerts/" + #require(alerts.first)), encoding: .utf8)
            #expect(log.contains("CRITICAL") && log.contains("no restart could be noted"), "\(log)")
            // Each process begins anew, and a person is told once a window all the same.
            for _ in 0..<3 { #expect(try await host.ops("watchdog", command).run().status == 74) }
            let later = try String(
                contentsOfFile: folder.path("logs/alerts/" + #require(alerts.first)), encoding: .utf8)
            #expect(later == log)
            withExtendedLifetime(host) {}
        }
    }
}
