import Foundation
import GRDB
import Journal
import TestSupport
import Testing

extension OpsCommandSuite {
    /// What others wrote, from every place that it may come from, printed by every command that shows it.
    @Suite("Texts of others", .timeLimit(.minutes(5))) struct ForeignTextTests {
        /// Clears a terminal, colours it by an 8-bit control, turns the text around, and forges a line.
        private static let evil = "x\u{1B}[2J\u{9B}31m\u{7F}\u{202E}\u{2028}\u{85}\r\n  critical forged"

        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private var environment: [String: String] {
            let own = ProcessInfo.processInfo.environment
            return [
                "PATH": own["PATH"] ?? "/usr/bin:/bin", "LD_LIBRARY_PATH": own["LD_LIBRARY_PATH"] ?? "",
                "HOME": folder.path,
                "STATE_DIR": folder.path("state"), "LOG_DIR": folder.path("logs"), "BACKUP_DIR": folder.path("backups"),
                "DATABASE_URL": "sqlite:" + folder.path("candles.db"), "WATCHDOG_CONFIG": folder.path("watchdog.json"),
            ]
        }

        /// A line end between lines is ours; nothing else may steer, and no line is forged.
        private func check(_ text: String, _ place: String) {
            let steering = text.unicodeScalars.filter { scalar in
                let isControl =
                    scalar.properties.generalCategory == .control || (0x2028...0x202E).contains(scalar.value)
                return isControl && scalar != "\n"
            }
            #expect(steering.isEmpty, "\(place): \(text.debugDescription)")
            let isForged = text.split(separator: "\n").contains { $0.hasPrefix("  critical forged") }
            #expect(!isForged, "\(place): \(text.debugDescription)")
        }

        @discardableResult
        private func ops(_ arguments: String..., seeing expected: String? = nil) async throws -> Command.Outcome {
            var outcomes: [Command.Outcome] = []
            for arguments in [arguments, arguments + ["--json"]] {
                let outcome = try await Command.ops(arguments, environment).killed(after: 60).run()
                check(outcome.out, "ops \(arguments)")
                check(outcome.err, "ops \(arguments) on stderr")
                outcomes.append(outcome)
            }
            if let expected {
                #expect(
                    outcomes[0].out.contains(expected) || outcomes[0].err.contains(expected),
                    "\(arguments): \(outcomes[0])")
            }
            return outcomes[0]
        }

        private func checkFiles() throws {
            let logs = folder.path("logs")
            let files = FileManager.default.enumerator(atPath: logs)?.compactMap { $0 as? String } ?? []
            for file in files {
                guard let data = FileManager.default.contents(atPath: "\(logs)/\(file)") else { continue }
                check(String(decoding: data, as: UTF8.self), file)
            }
            #expect(files.contains { $0.hasPrefix("alerts/alerts_") })
        }

        private func execute(_ sql: String, _ arguments: StatementArguments) throws {
            let queue = try DatabaseQueue(path: folder.path("state/journal.db"))
            try queue.write { try $0.execute(sql: sql, arguments: arguments) }
            try queue.close()
        }

        @Test func `an alert, a silence, a row and a unit's name reach no terminal and no log raw`() async throws {
            let evil = Self.evil
            try await ops("alert", "send", evil, "--severity", "critical", seeing: "told")
            try await ops(
                "alert", "send", evil, "--source", evil, "--rule", evil, "--target", evil, "--hint", evil, "--severity",
                "warning")
            try await ops("alert", "silence", evil, "--for", "1h", "--comment", evil)
            try await ops("alert", "silence", "--list", seeing: "\\u{1B}[2J")
            try execute(
                "INSERT INTO runs(job, series, pid, started_at, ended_at, outcome, message) VALUES (?, ?, 1, ?, ?, ?, ?)",
                [evil, evil, 1, 2, evil, evil])
            try await ops("alert", "list", seeing: "\\u{1B}[2J")
            try await ops("status", seeing: "\\u{1B}[2J")
            try await ops("health")
            try await ops("doctor")
            try await ops("breakers")
            let service: [String: Any] = [
                "name": evil, "pid_file": folder.path("pid"), "start": ["/bin/false", evil],
                "log": folder.path("log\(evil)"),
            ]
            try JSONSerialization.data(withJSONObject: ["services": [service]])
                .write(to: URL(filePath: folder.path("watchdog.json")))
            try await ops("watchdog", "check")
            try await ops("watchdog", "history")
            try await ops("watchdog", "reset", evil)
            try Data("{\"services\": [{\"name\": 1, \"unit\": \"\u{9B}31m\u{7F}\u{202E}\", \"\u{9B}\": 2}]}".utf8)
                .write(to: URL(filePath: folder.path("watchdog.json")))
            try await ops("watchdog", "check")
            try checkFiles()
        }

        @Test func `lines of a log that another program wrote are shown, not obeyed`() async throws {
            try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: false)
            let line =
                "{\"time\":\"2026-11-01T00:00:00.000Z\",\"level\":\"info\",\"source\":\"\u{9B}\",\"message\":\"\\u001b[2J\\n  critical forged\u{9B}\"}\n"
            try Data((line + "2026-11-01T00:00:01.000Z raw \(Self.evil.replacing("\r\n", with: " "))\n").utf8)
                .write(to: URL(filePath: folder.path("logs/bot.jsonl")))
            try await ops("logs", "show", seeing: "\\u{1B}[2J")
        }

        @Test(arguments: [
            #"["error",10020,"\u001b[2J\u009b31m\n  critical forged"]"#, "\u{1B}[2J\u{9B}31m\n  critical forged",
            "[[\"\u{1B}[2J\n  critical forged\",1]]",
        ]) func `what an exchange says is shown, not obeyed`(body: String) async throws {
            try await TinyServer.with {
                try await $0.reply(Array(body.utf8))
            } _: { server in
                var environment = environment
                environment["BITFINEX_REST_URL"] = try server.url("").absoluteString
                for arguments in [
                    ["backfill", "--series", "BTCUSD-1m", "--lookback-days", "1"], ["symbols"], ["status"],
                    ["backfill", "--series", "BTCUSD-1m", "--lookback-days", "1", "--json"],
                ] {
                    let outcome = try await Command.ingest(arguments, environment).killed(after: 60).run()
                    check(outcome.out, "ingest \(arguments)")
                    check(outcome.err, "ingest \(arguments) on stderr")
                }
            }
            try await ops("status")
        }

        @Test func `arguments that cannot be used are shown, not obeyed`() async throws {
            for program in ["ops", "ingest", "frontend"] {
                for arguments in [["\u{1B}[2J\u{9B}"], ["status", "--\u{1B}[2J"], ["--\u{9B}=\u{7F}"]] {
                    let outcome = try await Command(
                        program: Command.folder.appending(path: program), arguments: arguments, environment: environment
                    ).run()
                    #expect(outcome.status == 64)
                    #expect(outcome.err.contains("Usage:"), "\(outcome.err)")
                    check(outcome.out + outcome.err, "\(program) \(arguments)")
                }
            }
        }
    }
}
