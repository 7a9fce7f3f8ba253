import Alerts
import Foundation
import GRDB
import Journal
import TestSupport
import Testing

extension OpsCommandSuite {
    @Suite("Alert commands", .timeLimit(.minutes(5))) struct AlertCommandTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private var environment: [String: String] {
            [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path,
                "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
                "STATE_DIR": folder.path("state"), "LOG_DIR": folder.path("logs"),
                "DATABASE_URL": "sqlite:" + folder.path("candles.db"), "ALERT_CONFIG": folder.path("none.json"),
            ]
        }

        private func alert(_ arguments: String...) async throws -> Command.Outcome {
            try await Command.ops(["alert"] + arguments, environment).run()
        }

        /// `ops alert send --stdin` with a file or a named pipe as stdin.
        private func reading(_ path: String) -> Command {
            let ops = Command.folder.appending(path: "ops").path
            return Command(
                program: URL(filePath: "/bin/bash"), arguments: ["-c", "exec '\(ops)' alert send --stdin < '\(path)'"],
                environment: environment)
        }

        /// The lines of the log file, without their times.
        private func lines() throws -> [String] {
            let logs = folder.url.appending(path: "logs/alerts")
            let files = try FileManager.default.contentsOfDirectory(atPath: logs.path).sorted()
            return try files.flatMap { file in
                try String(contentsOf: logs.appending(path: file), encoding: .utf8).split(separator: "\n")
                    .map { String($0.dropFirst(21)) }
            }
        }

        @Test func `the same alert is told once, numbers aside, and its end too`() async throws {
            for percent in [93, 94, 95] {
                let sent = try await alert("send", "disk is \(percent)% full", "--severity", "critical")
                #expect(sent.status == 0, "\(sent.err)")
            }
            let over = try await alert("send", "disk is 40% full", "--resolve", "--json")
            #expect(over.status == 0, "\(over.err)")
            #expect(over.text("key") == "manual/disk is #% full/")
            #expect(try lines().map { $0.prefix(8) } == ["CRITICAL", "RESOLVED"])
            #expect(try lines()[1].contains("(+2 since "))
        }

        @Test func `an alert is left for a channel that another process has, and 69 says that nobody took it yet`()
            async throws
        {
            try await journal().registerChannels([
                KnownChannel(name: "telegram", configuration: "x", threshold: 0),
                KnownChannel(name: "discord", configuration: "x", threshold: 2),
            ])
            let sent = try await alert("send", "disk full")
            #expect(sent.status == 69, "\(sent.err)")
            #expect(sent.out.contains("telegram: queued") && sent.out.contains("log: told"))
            #expect(!sent.out.contains("discord"))
        }

        @Test(arguments: [
            ["x", "--target"], ["x", "--source"], ["x", "--rule"], ["", ""],
        ]) func `an alert of any length that its channel does not take is queued, and 69`(option: [String]) async throws
        {
            let long = String(repeating: "a long word ", count: 60)
            let arguments = option[0].isEmpty ? [long] : [option[0], option[1], long]
            var command = Command.ops(["alert", "send", "--severity", "critical"] + arguments, environment)
            command.environment["ADMIN_ALERT_WEBHOOK"] = "http://127.0.0.1:1/hook"
            let sent = try await command.run()
            #expect(sent.status == 69, "\(sent.out)\(sent.err)")
            #expect(sent.out.contains(": queued") && sent.out.contains("log: told"))
            let other = option[0].isEmpty ? [long + "!"] : [option[0], option[1], long + "!"]
            command.arguments = ["alert", "send", "--severity", "critical"] + other
            let second = try await command.run()
            #expect(second.status == 69, "\(second.out)\(second.err)")
            #expect(try lines().count == 2, "what begins alike is told of each")
        }

        @Test func `lines that cannot be read are named, and the others are told`() async throws {
            let text = """
                {"message":"stopped","source":"bot","rule":"stopped","target":"bot1","severity":"critical"}
                {"severity":"info"}
                {"message":"odd","severity":"loud"}

                {"message":"runs again","source":"bot","rule":"stopped","target":"bot1","resolve":true}
                """
            try text.write(toFile: folder.path("in"), atomically: true, encoding: .utf8)
            let sent = try await reading(folder.path("in")).run()
            #expect(sent.status == 64)
            #expect(sent.err.contains("line 2: no JSON object with a message"))
            #expect(sent.err.contains("line 3: severity is 'loud'"))
            #expect(try lines().last?.hasPrefix("RESOLVED [bot/stopped/bot1] runs again") == true)
        }

        @Test func `a list shows what fires and what is silenced`() async throws {
            _ = try await alert("send", "slow", "--source", "bot")
            let silenced = try await alert("silence", "bot/*", "--for", "2h", "--comment", "known")
            #expect(silenced.status == 0, "\(silenced.err)")
            let list = try await alert("list")
            #expect(list.out.contains("warning bot/slow/ x1"))
            #expect(list.out.contains("bot/* until"))
            let document = try await alert("list", "--json").out
            for key in ["firing", "queued", "news", "gone", "silences"] { #expect(document.contains("\"\(key)\"")) }
            #expect(try await alert("silence", "--remove", "1").status == 0)
            #expect(try await alert("silence", "--remove", "1").status == 69)
        }

        @Test(arguments: [
            ["send"], ["send", "m", "--severity", "loud"], ["send", "m", "--stdin"], ["silence", "x"],
            ["silence", "x", "--for", "91d"], ["silence", "x", "--for", "2h", "--list"], ["list", "--days", "0"],
        ])
        func `wrong usage is 64`(arguments: [String]) async throws {
            #expect(try await Command.ops(["alert"] + arguments, environment).run().status == 64)
        }

        @Test func `without a journal the alert is told all the same`() async throws {
            try Data().write(to: folder.url.appending(path: "state"))
            let sent = try await alert("send", "disk full", "--severity", "critical")
            #expect(sent.status == 74)
            #expect(try lines().count == 1)
        }

        /// 8 processes, 50 kinds, 10,000 alerts; the channel is down for the first half of them.
        @Test func `of 10000 alerts each kind is told once, nothing is lost, and memory stays flat`() async throws {
            let logs = folder.url.appending(path: "logs/alerts")
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: "logs"), withIntermediateDirectories: true)
            try Data().write(to: logs)
            _ = try await alert("list")
            let started = ContinuousClock.now
            let peaks = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let path = folder.path("in\(number)")
                        let half = (0..<625).map { line(number, $0) }.joined()
                        try half.write(toFile: path, atomically: true, encoding: .utf8)
                        return try await peak(of: reading(path))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await heal(logs)
            let more = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let path = folder.path("in\(number)")
                        let half = (625..<1250).map { line(number, $0) }.joined()
                        try half.write(toFile: path, atomically: true, encoding: .utf8)
                        return try await peak(of: reading(path))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ContinuousClock.now - started < .seconds(60))
            let journal = try self.journal()
            while try await journal.pendingAlerts().contains(where: { $0.pending != nil }) {
                #expect(try await reading("/dev/null").run().status == 0)
            }
            let told = try lines().filter { $0.contains("[bot/") }
            #expect(told.count == 50)
            let ranks = told.map { $0.hasPrefix("CRITICAL") ? 2 : $0.hasPrefix("WARNING") ? 1 : 0 }
            #expect(ranks == ranks.sorted(by: >), "the gravest first: \(ranks)")
            #expect(Set(told.compactMap { $0.split(separator: "]").first }).count == 50)
            let alerts = try await journal.firingAlerts(since: 0).filter { $0.source == "bot" }
            #expect(alerts.map(\.count).reduce(0, +) == 10_000)
            #expect((peaks + more).allSatisfy { $0 > 0 && $0 < 60_000 }, "\(peaks) \(more)")
        }

        private func journal() throws -> Journal {
            try Journal(
                folder: folder.url.appending(path: "state"), now: { Int64(Date().timeIntervalSince1970 * 1000) })
        }

        private func line(_ process: Int, _ index: Int) -> String {
            let kind = (index + process * 7) % 50
            let severity = ["info", "warning", "critical"][kind % 3]
            return """
                {"source":"bot","rule":"rule\(kind)","severity":"\(severity)","message":"the price is \(index).\(process)"}\n
                """
        }

        /// The channel works again, and a person says so.
        private func heal(_ logs: URL) async throws {
            try FileManager.default.removeItem(at: logs)
            let journal = try journal()
            #expect(try await journal.pendingAlerts().count >= 50)
            let breaker = SharedCircuitBreaker(
                journal: journal, name: "log", monotonicNow: { Int64(ProcessInfo.processInfo.systemUptime * 1000) })
            #expect(try await breaker.snapshot().totals[.failure] ?? 0 > 0)
            try await breaker.reset()
            try await journal.reviveAlertChannel("log")
        }

        private static let measure = """
            import resource, subprocess, sys
            status = subprocess.call(sys.argv[1:])
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            sys.exit(status)
            """

        /// Runs it, and gives the most kilobytes that it had in memory.
        private func peak(of command: Command) async throws -> Int {
            let outcome = try await Command(
                program: URL(filePath: "/usr/bin/env"),
                arguments: ["python3", "-c", Self.measure, command.program.path] + command.arguments,
                environment: command.environment
            ).run()
            #expect(outcome.status == 0, "\(outcome.err)")
            return Int(outcome.out.split(separator: "\n").last ?? "") ?? 0
        }
    }
}
