import Foundation
import Logs
import TestSupport
import Testing

extension OpsCommandSuite {
    @Suite("Logs command", .timeLimit(.minutes(5))) struct LogsCommandTests {
        private static let rounds = Effort.rounds(20, long: 200)

        private let scratch: ScratchFolder
        private let environment: [String: String]

        init() throws {
            scratch = try ScratchFolder()
            environment = [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
                "HOME": scratch.path, "STATE_DIR": scratch.path("state"), "LOG_DIR": scratch.path("logs"),
                "DATABASE_URL": "sqlite:" + scratch.path("candles.db"),
            ]
            try FileManager.default.createDirectory(atPath: scratch.path("logs"), withIntermediateDirectories: false)
        }

        private func logs(_ arguments: String...) -> Command { .ops(["logs"] + arguments, environment) }

        private func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: scratch.path("logs/\(name)")))
        }

        private func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: scratch.path("logs"))
                .filter { !$0.hasPrefix("log-rotation.") }.sorted()
        }

        @Test func `a rotation says what it would do, does it, and has nothing left to do`() async throws {
            try write("2024-01-30T10:00:00Z one\n", to: "backup.log")
            try write("old\n", to: "health-20010101.log.gz")
            let preview = try await logs("rotate", "--dry-run").run()
            #expect(preview.status == 0, "\(preview.err)")
            let lines = preview.out.split(separator: "\n")
            #expect(lines.first == "would remove health-20010101.log.gz")
            #expect(lines.last?.hasPrefix("would rotate backup.log to backup-2") == true)
            #expect(try names() == ["backup.log", "health-20010101.log.gz"])
            let done = try await logs("rotate", "--json").run()
            #expect(done.status == 0, "\(done.err)")
            let document = try JSONSerialization.jsonObject(with: Data(done.out.utf8)) as? [String: Any]
            #expect(document?["removed"] as? [String] == ["health-20010101.log.gz"])
            #expect((document?["rotated"] as? [[String: String]])?.map { $0["file"] } == ["backup.log"])
            #expect(document?["dry_run"] as? Bool == false)
            #expect(try names().count == 1)
            #expect(try await logs("rotate").run().out == "Nothing to do.\n")
        }

        @Test func `lines are shown as text, of the last hours alone where asked`() async throws {
            let recent = Date(timeIntervalSinceNow: -1800).ISO8601Format(.init(includingFractionalSeconds: true))
            let log = """
                {"time":"2024-01-30T10:00:00.000Z","level":"info","source":"scheduler","message":"old"}
                {"time":"\(recent)","level":"warning","source":"backup","message":"slow","series":"BTCUSD-1m"}

                """
            try write(log, to: "bot.jsonl")
            try write("\(recent) WARNING backup: slow\n", to: "errors.log")
            let all = try await logs("show").run()
            #expect(
                all.out
                    == "2024-01-30T10:00:00.000Z INFO scheduler: old\n\(recent) WARNING backup: slow series=BTCUSD-1m\n"
            )
            #expect(
                try await logs("show", "--since", "1h").run().out == "\(recent) WARNING backup: slow series=BTCUSD-1m\n"
            )
            #expect(try await logs("show", "--since", "5m").run().out == "")
            #expect(try await logs("show", "--errors", "-n", "1").run().out == "\(recent) WARNING backup: slow\n")
            for text in ["soon", "2026-02-30", "2026-11-01junk", "+5m", "5M"] {
                let refused = try await logs("show", "--since", text).run()
                #expect(refused.status == 64)
                #expect(refused.err.contains("2024-01-31 or 2024-01-31T12:00:00Z"))
            }
            #expect(try await logs("show", "-n", "0").run().status == 64)
        }

        @Test func `a second rotation ends with 75 while one runs`() async throws {
            try write("one\n", to: "x.log")
            let flock = Command(
                program: URL(filePath: "/usr/bin/flock"),
                arguments: [scratch.path("logs/log-rotation.lock"), logs("rotate").program.path, "logs", "rotate"],
                environment: environment)
            let outcome = try await flock.run()
            #expect(outcome.status == 75, "\(outcome.err)")
            #expect(outcome.err.contains("[lock-busy]"))
        }

        /// Appends numbered lines until the file `stop` is there, as a process that opens the log anew for each; gives their count.
        private func shellWriter(_ writer: Int) async throws -> Int {
            let script = """
                i=0
                until [ -e "$LOG_DIR/stop" ]; do echo "< \(writer) $((i++)) >" >>"$LOG_DIR/bot.jsonl"; done
                echo "$i"
                """
            let shell = Command(
                program: URL(filePath: "/bin/bash"), arguments: ["-c", script], environment: environment)
            let outcome = try await shell.run()
            return try #require(Int(outcome.out.trimmingCharacters(in: .newlines)), "\(outcome.err)")
        }

        /// The same as a process that keeps it open.
        private func writer(_ writer: Int) async -> Int {
            let file = ReopeningFile(scratch.path("logs/bot.jsonl"), checkEvery: .milliseconds(5))
            var number = 0
            while !FileManager.default.fileExists(atPath: scratch.path("logs/stop")) {
                file.append(Array("< \(writer) \(number) >\n".utf8))
                number += 1
                await Task.yield()
            }
            return number
        }

        @Test func `no line of several processes is lost or torn, however often rotations are killed`() async throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("seed \(seed)")
            var random = SeededGenerator(seed: seed)
            async let first = shellWriter(0)
            async let second = shellWriter(1)
            async let third = writer(2)
            let started = ContinuousClock.now
            #expect(try await logs("rotate", "--force").run().status == 0)
            let whole = (ContinuousClock.now - started) / .seconds(1)
            var killed = 0
            for _ in 0..<Self.rounds {
                let moment = Double.random(in: whole / 4...whole * 2, using: &random)
                if try await logs("rotate", "--force").killed(after: moment).run().wasKilled { killed += 1 }
            }
            try write("", to: "stop")
            let written = [try await first, try await second, await third]
            print("\(written) lines, \(killed) of \(Self.rounds) rotations killed")
            let last = try await logs("rotate", "--force").run()
            #expect(last.status == 0, "\(last.err)")
            #expect(try names().filter { $0.hasSuffix(".partial") } == [])
            let unpacked = try await Command(
                program: URL(filePath: "/bin/bash"), arguments: ["-c", "cd \"$LOG_DIR\" && zcat -f -- bot*.jsonl*"],
                environment: environment
            ).run().out
            let expected = written.enumerated().flatMap { writer, count in (0..<count).map { "< \(writer) \($0) >" } }
            #expect(unpacked.split(separator: "\n").map(String.init).sorted() == expected.sorted(), "seed \(seed)")
        }
    }
}
