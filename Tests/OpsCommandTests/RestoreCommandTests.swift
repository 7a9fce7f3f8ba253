import Backup
import Foundation
import Journal
import Storage
import TestSupport
import Testing

extension OpsCommandSuite {
    /// `ops restore` as people and scripts run it.
    @Suite("Restore command", .timeLimit(.minutes(5))) struct RestoreCommandTests {
        /// Two hundred candles, backed up; then a hundred more.
        private func host() async throws -> (host: OpsHost, backedUp: String, grown: String) {
            let host = try await OpsHost(.sqlite, candles: 200)
            let made = try await host.ops("backup", "--type", "sqlite").run()
            #expect(made.status == 0, "\(made.err)")
            let backedUp = try await host.fingerprint()
            try await host.fill(100, from: 200)
            return (host, backedUp, try await host.fingerprint())
        }

        /// The command in a shell, whose stdin is `redirection`.
        private func shell(_ host: OpsHost, _ redirection: String, _ arguments: String = "") -> Command {
            let ops = Command.folder.appending(path: "ops").path
            return Command(
                program: URL(filePath: "/bin/sh"),
                arguments: [
                    "-c", "\(redirection.replacing("OPS", with: "'\(ops)' restore --type sqlite \(arguments)"))",
                ],
                environment: host.environment)
        }

        /// The command on a terminal on which a person types `answer` once the question stands there.
        private func terminal(_ host: OpsHost, _ answer: String) async throws -> Command.Outcome {
            try await Command(
                program: URL(filePath: "/usr/bin/env"),
                arguments: [
                    "python3", "-c", Self.typist, answer, Command.folder.appending(path: "ops").path, "restore",
                    "--type",
                    "sqlite",
                ], environment: host.environment
            ).run()
        }

        private static let typist = """
            import os, pty, sys
            answer = sys.argv[1].encode()
            child, terminal = pty.fork()
            if child == 0:
                os.execv(sys.argv[2], sys.argv[2:])
            said = b""
            while True:
                try:
                    piece = os.read(terminal, 4096)
                except OSError:
                    break
                if not piece:
                    break
                said += piece
                if answer and b"to replace it: " in said:
                    os.write(terminal, answer)
                    answer = b""
            status = os.waitpid(child, 0)[1]
            sys.stdout.buffer.write(said)
            sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
            """

        @Test(arguments: ["exec OPS <&-", "exec OPS </dev/null", "yes y | OPS", "printf 'candles.db\\n' | OPS"])
        func `without a terminal and without --yes it refuses, and names --yes`(redirection: String) async throws {
            let (host, _, grown) = try await host()
            let outcome = try await shell(host, redirection).run()
            #expect(outcome.status == 64)
            #expect(outcome.err.contains("--yes"), "\(outcome.err)")
            #expect(try await host.fingerprint() == grown)
            #expect(try host.backups.backups().count == 1)
        }

        @Test func `whoever types the name gets the backup, and the way back`() async throws {
            let (host, backedUp, grown) = try await host()
            let outcome = try await terminal(host, "candles.db\n")
            #expect(outcome.status == 0, "\(outcome.out)")
            #expect(outcome.out.contains("Type the database's name (candles.db) to replace it: "))
            #expect(outcome.out.contains(/rows of candle +300 -> 200/), "\(outcome.out)")
            #expect(outcome.out.contains("you lose"))
            #expect(try await host.fingerprint() == backedUp)
            for content in [grown, backedUp] {
                let undone = try await host.restore("--undo", "--json").run()
                #expect(undone.status == 0, "\(undone.err)")
                #expect(undone.text("outcome") == "restored")
                #expect(try await host.fingerprint() == content)
            }
        }

        @Test func `in Postgres an undo swaps the names, and so does its own undo`() async throws {
            let host = try await OpsHost(.postgres, candles: 200)
            #expect(try await host.restore("--undo").run().status == 69)
            let made = try await host.ops("backup", "--type", "postgres").run()
            #expect(made.status == 0, "\(made.err)")
            let backedUp = try await host.fingerprint()
            try await host.fill(100, from: 200)
            let grown = try await host.fingerprint()
            let restored = try await host.restore("--json").run()
            #expect(restored.status == 0, "\(restored.err)")
            #expect(restored.number("rows_lost") == 100)
            #expect(try await host.fingerprint() == backedUp)
            for content in [grown, backedUp] {
                let undone = try await host.restore("--undo", "--json").run()
                #expect(undone.status == 0, "\(undone.err)")
                #expect(undone.text("outcome") == "swapped_back")
                #expect(try await host.fingerprint() == content)
            }
        }

        @Test(arguments: ["yes\n", "candles\n", "\n", "\u{4}"])
        func `any other answer declines`(answer: String) async throws {
            let (host, _, grown) = try await host()
            let outcome = try await terminal(host, answer)
            #expect(outcome.status == 64, "\(outcome.out)")
            #expect(outcome.out.contains("[declined]"))
            #expect(try await host.fingerprint() == grown)
            #expect(try host.backups.backups().count == 1)
        }

        @Test func `Ctrl-C at the question stops it, and leaves nothing`() async throws {
            let (host, _, grown) = try await host()
            let outcome = try await terminal(host, "\u{3}")
            #expect(outcome.status == 10, "\(outcome.out)")
            #expect(try await host.fingerprint() == grown)
            #expect(try host.backups.backups().count == 1)
            let beside = try FileManager.default.contentsOfDirectory(atPath: host.folder.path)
            #expect(beside.filter { $0.contains(".restore-") } == [])
        }

        @Test func `a dry run shows the plan as text or as a document, and changes nothing`() async throws {
            let (host, _, grown) = try await host()
            let before = try host.files()
            let text = try await shell(host, "OPS </dev/null", "--dry-run").run()
            #expect(text.status == 0, "\(text.err)")
            #expect(text.out.contains(/you lose +\d+ rows, 100 min of the newest candles/), "\(text.out)")
            let outcome = try await host.ops("restore", "--type", "sqlite", "--dry-run", "--json").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.text("outcome") == "planned")
            #expect(outcome.text("database") == host.location.identity)
            #expect(outcome.text("newest_now") == "2024-01-01T04:59:00Z")
            #expect(outcome.text("newest_backup") == "2024-01-01T03:19:00Z")
            #expect(outcome.number("rows_lost") == 100)
            #expect((outcome.number("rows_now") ?? 0) - (outcome.number("rows_backup") ?? 0) == 100)
            #expect(try await host.fingerprint() == grown)
            #expect(try host.files() == before)
        }

        @Test func `tables that the backup does not have are named before they go`() async throws {
            let (host, backedUp, _) = try await host()
            guard case .sqlite(let path) = host.location else { return }
            let made = try await Command(
                program: URL(filePath: "/usr/bin/env"),
                arguments: [
                    "sqlite3", path, "CREATE TABLE \"my notes\" (t); INSERT INTO \"my notes\" VALUES (1), (2)",
                ],
                environment: host.environment
            ).run()
            #expect(made.status == 0, "\(made.err)")
            let outcome = try await host.restore().run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.err.contains(/DROPPED +my notes, 2 rows/), "\(outcome.err)")
            #expect(try await host.fingerprint() == backedUp)
        }

        @Test func `the list is that of the type, and asks nobody`() async throws {
            let (host, _, _) = try await host()
            let file = try #require(try host.backups.backups().last?.name.file)
            let outcome = try await host.ops("restore", "--type", "sqlite", "--list").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.out.contains(file))
            let other = try await host.ops("restore", "--type", "postgres", "--list", "--json").run()
            #expect(other.status == 0, "\(other.err)")
            #expect(!other.out.contains(file))
        }

        @Test func `options that do not go together are usage`() async throws {
            let (host, _, _) = try await host()
            for more in [["--undo", "--file", "x"], ["--list", "--file", "x"]] {
                let outcome = try await Command.ops(["restore", "--type", "sqlite", "--yes"] + more, host.environment)
                    .run()
                #expect(outcome.status == 64, "\(more): \(outcome.err)")
            }
            #expect(try await host.ops("restore", "--type", "journal", "--yes").run().status == 64)
            #expect(try await host.ops("restore", "--yes").run().status == 64)
        }

        @Test func `each refusal has its exit code, and the database is as it was`() async throws {
            let (host, _, grown) = try await host()
            let file = try #require(try host.backups.backups().last?.name.file)
            let path = host.backups.url.appending(path: file)
            #expect(try await host.restore("--file", "nothing.gz").run().status == 69)
            let copy = host.folder.path("a copy.gz")
            try FileManager.default.copyItem(at: path, to: URL(filePath: copy))
            #expect(try await host.restore("--file", copy).run().status == 64)
            #expect(try await host.restore("--undo").run().status == 69)
            let lock = try host.backups.lock(exclusive: false)
            #expect(try await host.restore().run().status == 75)
            lock.release()
            let journal = try Journal(folder: host.folder.url.appending(path: "state")) { 0 }
            let writer = try journal.lockWriters(of: host.location.identity, exclusive: false)
            #expect(try await host.restore().run().status == 75)
            writer.release()
            try Data(try Data(contentsOf: path).dropLast(3)).write(to: path)
            let cut = try await host.restore("--json").run()
            #expect(cut.status == 12)
            #expect(cut.out.contains("\"code\" : \"backup-damaged\""), "\(cut.out)")
            #expect(try await host.restore().run().status == 69)
            #expect(try await host.fingerprint() == grown)
        }
    }
}
