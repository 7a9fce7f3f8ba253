import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

extension OpsCommandSuite {
    /// What programs say of their work, in the files that all of them share.
    @Suite("Logs of programs", .timeLimit(.minutes(5))) struct ProgramLogsTests {
        private let host: OpsHost

        init() async throws {
            var host = try await OpsHost(.sqlite, candles: 60)
            host.environment["LOG_DIR"] = host.folder.path("logs")
            host.environment["WATCHDOG_CONFIG"] = host.folder.path("watchdog.json")
            host.environment["HEALTH_CHECK_PORT"] = "0"
            // Nobody listens there.
            host.environment["BITFINEX_REST_URL"] = "http://127.0.0.1:1"
            host.environment["BITFINEX_WS_URL"] = "ws://127.0.0.1:1/ws/2"
            let services =
                #"{"services": [{"name": "bot", "pid_file": "/none/bot.pid", "start": ["true"], "max_restarts": 0}]}"#
            try Data(services.utf8).write(to: host.folder.url.appending(path: "watchdog.json"))
            self.host = host
        }

        /// The entries of one file; each line must be one.
        private func entries(_ name: String) throws -> [[String: Any]] {
            let text = (try? String(contentsOfFile: host.folder.path("logs/\(name)"), encoding: .utf8)) ?? ""
            return try text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            }
        }

        private func sources(_ name: String) throws -> Set<String> {
            Set(try entries(name).compactMap { $0["source"] as? String })
        }

        /// Runs a service until it has said something, and tells it to end then.
        private func run(_ command: Command, until text: String) async throws -> Command.Outcome {
            let pid = NIOLockedValueBox<Int32>(0)
            let said = NIOLockedValueBox("")
            return try await command.run(
                onStart: { number in pid.withLockedValue { $0 = number } },
                onError: { piece in
                    let isSaid = said.withLockedValue { said in
                        said += piece
                        return said.contains(text)
                    }
                    if isSaid { kill(pid.withLockedValue { $0 }, SIGTERM) }
                })
        }

        private func ingest(_ arguments: String..., settings: [String: String] = [:]) -> Command {
            .ingest(arguments, host.environment.merging(settings) { $1 })
        }

        @Test func `every program says its words in the same files, one document a line`() async throws {
            #expect(try await host.ops("backup").run().status == 0)
            #expect(try await host.ops("verify").run().status == 0)
            #expect(try await host.ops("watchdog", "check", "--quiet").run().status == 1)
            for job in ["realtime", "gap-repair", "backfill"] {
                #expect(try await ingest(job, "--series", "BTCUSD-1m").run().status != 0)
            }
            #expect(try await host.ops("alert", "send", "the bot is down", "--severity", "critical").run().status == 0)
            let stream = try await run(ingest("stream"), until: "series")
            #expect(stream.err.contains("stream: 1 series\n"), "\(stream.err)")
            let health = try await run(host.ops("health", "--serve"), until: "listening")
            #expect(health.status == 0, "\(health.err)")
            var frontend = Command.frontend(["serve"], host.environment)
            frontend.environment["FRONTEND_PORT"] = "0"
            let page = try await run(frontend, until: "dashboard: ")
            #expect(page.status == 0, "\(page.err)")
            let programs: Set = [
                "backup", "verify", "watchdog", "realtime", "gap-repair", "backfill", "stream", "health", "frontend",
                "alert",
            ]
            #expect(try programs.subtracting(sources("bot.jsonl")) == [])
            #expect(
                try Set(["watchdog", "realtime", "gap-repair", "backfill", "alert"]).subtracting(sources("errors.log"))
                    == [])
            #expect(
                try entries("errors.log").allSatisfy {
                    ["warning", "error", "critical"].contains($0["level"] as? String)
                })
            #expect(try sources("health.log") == ["health"])
            let messages = Set(try entries("bot.jsonl").compactMap { $0["message"] as? String })
            #expect(messages.isSuperset(of: ["stream: 1 series", "frontend serve ends", "the bot is down"]))
        }

        @Test func `what is below LOG_LEVEL is said nowhere, and what is not below it everywhere`() async throws {
            let quiet = try await ingest("backfill", "--series", "BTCUSD-1m", settings: ["LOG_LEVEL": "error"]).run()
            #expect(quiet.err.split(separator: "\n").allSatisfy { $0.hasPrefix("Error:") || $0.hasPrefix("Try:") })
            #expect(try entries("bot.jsonl").allSatisfy { $0["level"] as? String == "error" })
            #expect(try entries("bot.jsonl").count > 0)
            let loud = try await ingest(
                "realtime", "--series", "BTCUSD-1m",
                settings: ["LOG_LEVEL": "debug", "STATE_DIR": host.folder.path("state2")]
            ).run()
            #expect(loud.err.contains("attempt 1 failed"), "\(loud.err)")
            #expect(try entries("bot.jsonl").contains { $0["level"] as? String == "debug" })
            let usual = try await ingest(
                "realtime", "--series", "BTCUSD-1m", settings: ["STATE_DIR": host.folder.path("state3")]
            ).run()
            #expect(!usual.err.contains("attempt 1 failed"))
        }

        @Test func `LOG_PLAIN is the console's affair, and the files stay JSON`() async throws {
            var service = host.ops("health", "--serve")
            service.environment["LOG_PLAIN"] = "1"
            let outcome = try await run(service, until: "listening")
            #expect(outcome.err.contains(" INFO health: the health server begins\n"), "\(outcome.err)")
            #expect(!outcome.err.contains("{"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: host.folder.path("logs")).sorted() == [
                    "bot.jsonl", "health.log",
                ])
            #expect(try entries("bot.jsonl").first?["message"] as? String == "the health server begins")
        }

        @Test func `a folder of logs that cannot be made keeps no program from its work`() async throws {
            var backup = host.ops("backup")
            backup.environment["LOG_DIR"] = "/proc/none"
            let outcome = try await backup.run()
            #expect(outcome.status == 0)
            #expect(outcome.err.contains("cannot write to the log /proc/none/bot.jsonl"))
        }

        @Test func `errors that were logged in the last hour are told by health`() async throws {
            func errors() async throws -> Int? {
                try await host.ops("health", "--json").run().number("errors_last_hour")
            }
            #expect(try await errors() == 0)
            #expect(try await host.ops("watchdog", "check").run().status == 1)
            let logged = try entries("errors.log").count { ["error", "critical"].contains($0["level"] as? String) }
            #expect(logged > 0)
            #expect(try await errors() == logged)
        }

        @Test func `one compressed log that is cut hides no other line`() async throws {
            #expect(try await host.ops("backup").run().status == 0)
            let cut = Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1])
            try cut.write(to: host.folder.url.appending(path: "logs/bot-20240101.jsonl.gz"))
            let shown = try await host.ops("logs", "show").run()
            #expect(shown.status == 0)
            #expect(shown.out.contains("verified by reading it back"))
            #expect(shown.err.contains("bot-20240101.jsonl.gz cannot be read to its end"))
        }
    }
}
