import Alerts
import Candles
import Foundation
import Journal
import NIOConcurrencyHelpers
import TestSupport
import Testing

extension OpsCommandSuite {
    /// `ops run` as a process of its own.
    @Suite(.timeLimit(.minutes(3))) struct RunCommandTests {
        private let host: OpsHost

        init() async throws {
            var host = try await OpsHost(.sqlite, candles: 60)
            host.environment["HEALTH_CHECK_PORT"] = "0"
            host.environment["LOG_DIR"] = host.folder.path("logs")
            self.host = host
        }

        private func journal() throws -> Journal {
            try Journal(
                folder: URL(filePath: host.folder.path("state")),
                now: { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) })
        }

        /// Outcomes of the runs of a task, oldest first; nil is a run without an end.
        private func outcomes(of task: String) async throws -> [String?] {
            try await journal().runs(limit: 1000).filter { $0.job == "task" && $0.series == task }.reversed()
                .map(\.outcome)
        }

        /// Runs `ops run` with more settings beside `body`, which gets its process number, and ends it by `signal`.
        private func run(
            _ settings: [String: String] = [:], signal: Int32 = SIGTERM,
            _ body: @escaping @Sendable (Int32) async throws -> Void
        ) async throws -> Command.Outcome {
            var command = host.ops("run")
            command.environment.merge(settings) { $1 }
            let (pids, pid) = AsyncStream.makeStream(of: Int32.self)
            return try await withThrowingTaskGroup(of: Command.Outcome?.self) { [command] group in
                group.addTask {
                    defer { pid.finish() }
                    return try await command.run(onStart: { pid.yield($0) })
                }
                group.addTask {
                    for await process in pids {
                        defer { kill(process, signal) }
                        try await body(process)
                        break
                    }
                    return nil
                }
                // One that ended by itself ends the body, which would wait for it in vain.
                while let ended = try await group.next() {
                    if let ended {
                        group.cancelAll()
                        return ended
                    }
                }
                throw CancellationError()
            }
        }

        private func until(_ condition: () async throws -> Bool) async throws {
            while try await !condition() {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        /// `ops run` with this server's webhook.
        private func hooked(_ server: TinyServer) throws -> Command {
            var command = host.ops("run")
            command.environment["ADMIN_ALERT_WEBHOOK"] = try server.url("/hook").absoluteString
            return command
        }

        private func wait(for task: String, _ wanted: [String?]) async throws {
            try await until { try await outcomes(of: task) == wanted }
        }

        @Test func `what is being told when SIGTERM comes is told to its end, and once`() async throws {
            let (heard, hearing) = AsyncStream.makeStream(of: Void.self)
            let (gate, opening) = AsyncStream.makeStream(of: Void.self)
            let told = NIOLockedValueBox<[String]>([])
            try await TinyServer.with { exchange in
                hearing.yield()
                for await _ in gate {}
                let notice = try JSONSerialization.jsonObject(with: Data(exchange.body)) as? [String: Any]
                let name = "\(notice?["kind"] ?? "") \(notice?["key"] ?? "")"
                told.withLockedValue { $0.append(name) }
                try await exchange.reply([])
            } _: { server in
                let command = try hooked(server)
                let (pids, pid) = AsyncStream.makeStream(of: Int32.self)
                async let end = command.run(
                    onStart: { pid.yield($0) },
                    onError: { text in if text.contains("ops run stops") { opening.finish() } })
                var processes = pids.makeAsyncIterator()
                let process = try #require(await processes.next())
                var words = heard.makeAsyncIterator()
                _ = await words.next()
                kill(process, SIGTERM)
                #expect(try await end.status == 0)
            }
            let names = told.withLockedValue { $0 }
            #expect(!names.isEmpty && Set(names).count == names.count, "\(names)")
        }

        @Test func `every task runs at once, a restart repeats none, and SIGTERM ends it well`() async throws {
            let first = try await run { _ in
                for task in ["status_report", "job_watch", "disk_check", "freshness_check", "log_rotation"] {
                    try await until { try await outcomes(of: task).first.map { $0 != nil } == true }
                }
                try await wait(for: "backup", ["done"])
                // The series ended an hour ago: everything since then is a hole that just now grows.
                try await until { try await outcomes(of: "gap_sweep").first.map { $0 != nil } == true }
            }
            #expect(first.status == 0, "\(first.err)")
            #expect(first.err.contains("ops run ends"))
            let counts = try await outcomes(of: "status_report").count
            let second = try await run { pid in
                try await until { try await journal().heartbeat(of: "ops")?.pid == pid }
            }
            #expect(second.status == 0, "\(second.err)")
            #expect(try await outcomes(of: "status_report").count == counts)
            #expect(try await outcomes(of: "backup") == ["done"])
            let report = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: host.folder.path("logs/infrastructure_status.json"))))
            let series = (report as? [String: Any])?["series"] as? [String: Any]
            #expect(series?["candles"] as? Int == 60)
            let alerts = try FileManager.default.contentsOfDirectory(atPath: host.folder.path("logs/alerts"))
            #expect(alerts.contains { $0.hasPrefix("alerts_") })
            let log = try String(contentsOfFile: host.folder.path("logs/bot.jsonl"), encoding: .utf8)
            #expect(log.contains("\"task\":\"status_report\""))
        }

        @Test func `a second one on the same host is refused`() async throws {
            let first = try await run { _ in
                try await until { try await journal().heartbeat(of: "ops") != nil }
                let second = try await host.ops("run").run()
                #expect(second.status == 75)
                #expect(second.err.contains("[lock-busy]"))
            }
            #expect(first.status == 0)
        }

        @Test func `SIGTERM lets a running task end`() async throws {
            let mark = host.folder.path("mark")
            let settings = [
                "PROCESS_CHECK_PATTERN": "no-such-process-[0-9]{20}",
                "PROCESS_RESTART_COMMAND": "touch '\(mark).begun'; sleep 1; touch '\(mark)'",
            ]
            let outcome = try await run(settings) { _ in
                try await until { FileManager.default.fileExists(atPath: mark + ".begun") }
            }
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(FileManager.default.fileExists(atPath: mark))
            #expect(try await outcomes(of: "process_check") == ["done"])
        }

        @Test func `a program of others sees none of our secrets`() async throws {
            let seen = host.folder.path("seen")
            let settings = [
                "PROCESS_CHECK_PATTERN": "no-such-process-[0-9]{20}",
                "PROCESS_RESTART_COMMAND": "env > '\(seen).new'; mv '\(seen).new' '\(seen)'",
                "SMTP_URL": "smtp://me:pa55word@127.0.0.1:1",
            ]
            _ = try await run(settings) { _ in
                try await until { FileManager.default.fileExists(atPath: seen) }
            }
            let environment = try String(contentsOfFile: seen, encoding: .utf8)
            #expect(environment.contains("PATH=") && !environment.contains("pa55word"))
            #expect(!environment.contains("DATABASE_URL"))
        }

        @Test func `kill -9 loses no row: the run that it cut is closed by the next process`() async throws {
            let mark = host.folder.path("mark")
            let settings = [
                "PROCESS_CHECK_PATTERN": "no-such-process-[0-9]{20}",
                "PROCESS_RESTART_COMMAND": "touch '\(mark)'; sleep 5",
            ]
            let killed = try await run(settings, signal: SIGKILL) { _ in
                try await until { FileManager.default.fileExists(atPath: mark) }
            }
            #expect(killed.wasKilled)
            #expect(try await outcomes(of: "process_check") == [nil])
            let rows = try await journal().runs(limit: 1000).count
            let next = try await run { _ in
                try await until { try await outcomes(of: "process_check") == ["killed"] }
            }
            #expect(next.status == 0)
            #expect(try await journal().runs(limit: 1000).count >= rows)
        }

        @Test func `a port that is taken is told, and the tasks run all the same`() async throws {
            try await TinyServer.with {
                try await $0.close()
            } _: { server in
                let outcome = try await run(["HEALTH_CHECK_PORT": "\(server.port)"]) { _ in
                    try await until {
                        try await journal().firingAlerts(since: 0).contains { $0.rule == "health-not-served" }
                    }
                    try await wait(for: "backup", ["done"])
                }
                #expect(outcome.status == 0, "\(outcome.err)")
            }
        }

        @Test func `an alert of a task reaches a webhook`() async throws {
            try await TinyServer.with {
                #expect($0.path == "/hook")
                try await $0.reply(Array("{}".utf8))
            } _: { server in
                let settings = [
                    "ADMIN_ALERT_WEBHOOK": try server.url("/hook").absoluteString,
                    "PROCESS_CHECK_PATTERN": "no-such-process-[0-9]{20}",
                ]
                let outcome = try await run(settings) { _ in
                    try await until {
                        let alerts = try await journal().firingAlerts(since: 0).filter { $0.rule == "process-missing" }
                        for alert in alerts {
                            let rows = try await journal().alertDeliveries(of: alert.key)
                            if rows.contains(where: { $0.told != nil && $0.channel == "webhook" }) { return true }
                        }
                        return false
                    }
                }
                #expect(outcome.status == 0, "\(outcome.err)")
                #expect(server.connections > 0)
            }
        }

        @Test func `wrong settings are named at once, and nothing runs`() async throws {
            var command = host.ops("run")
            command.environment.merge([
                "WATCHDOG_MAX_RESTARTS": "many", "LOG_LEVEL": "loud", "HEALTH_CHECK_PORT": "99999",
                "ALERT_DESKTOP": "perhaps",
            ]) { $1 }
            let outcome = try await command.run()
            #expect(outcome.status == 78)
            for name in ["WATCHDOG_MAX_RESTARTS", "LOG_LEVEL", "HEALTH_CHECK_PORT", "ALERT_DESKTOP"] {
                #expect(outcome.err.contains("- \(name) is "), "\(name)")
            }
            // What stands in other files is looked at once the settings can be read.
            try Data(#"{"min_interval_sec": {"info": "soon"}}"#.utf8)
                .write(to: URL(filePath: host.folder.path("alert_config.json")))
            try Data(#"{"services": [{"name": "bot", "log_age": -1}]}"#.utf8)
                .write(to: URL(filePath: host.folder.path("watchdog.json")))
            command.environment = host.environment.merging([
                "ALERT_CONFIG": host.folder.path("alert_config.json"),
                "ALERT_EMAIL": "nobody", "PROCESS_CHECK_PATTERN": "(",
                "WATCHDOG_CONFIG": host.folder.path("watchdog.json"),
            ]) { $1 }
            for arguments in [["run"], ["doctor", "--settings"]] {
                command.arguments = arguments
                let second = try await command.run()
                #expect(second.status == 78)
                for word in ["min_interval_sec", "ALERT_EMAIL", "PROCESS_CHECK_PATTERN", "log_age"] {
                    #expect(second.err.contains(word), "\(arguments): \(word)")
                }
            }
            command.environment["ALERT_CONFIG"] = host.folder.path("not there.json")
            let third = try await command.run()
            #expect(third.status == 78 && third.err.contains("ALERT_CONFIG names"))
        }
    }
}
