import Candles
import Foundation
import Journal
import Postgres
import Storage
import TestSupport
import Testing

@testable import Backup

extension OpsCommandSuite {
    /// `ops backup`, `backups` and `verify` as a person or a timer runs them.
    @Suite("Backup command", .timeLimit(.minutes(5))) struct BackupCommandTests {
        @Test(arguments: Engine.allCases)
        func `one run backs up the database and the journal, and says so`(engine: Engine) async throws {
            let host = try await OpsHost(engine, candles: 500)
            _ = try Journal(folder: URL(filePath: host.folder.path("state")), now: { 0 })
            let outcome = try await host.ops("backup").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.err.split(separator: "\n").count == 2, "one line a backup: \(outcome.err)")
            #expect(
                try host.backups.backups().map(\.name.type).sorted { $0.rawValue < $1.rawValue }
                    == [.journal, host.type].sorted { $0.rawValue < $1.rawValue })
            let list = try await host.ops("backups").run()
            #expect(list.out.contains("fast 0 min ago"), "\(list.out)")
            let verified = try await host.ops("verify", "--all", "--deep", "--json").run()
            #expect(verified.status == 0, "\(verified.out) \(verified.err)")
            #expect(verified.out.components(separatedBy: "\"result\" : \"verified\"").count == 3, "\(verified.out)")
            #expect(
                try host.backups.backups().allSatisfy {
                    $0.known?.verifications.contains { $0.depth == .deep } ?? false
                })
        }

        @Test func `the key is made before the first backup, once, and one that cannot be used is said`() async throws {
            var host = try await OpsHost(.sqlite, candles: 10)
            let key = host.folder.path("keys/backup.key")
            host.environment["BACKUP_KEY_FILE"] = key
            let made = try await host.ops("backup", "--make-key").run()
            #expect(made.status == 0, "\(made.err)")
            #expect(made.out.contains("made the key that signs backups: \(key)"))
            let text = try String(contentsOfFile: key, encoding: .utf8)
            #expect(!made.out.contains(text.trimmingCharacters(in: .newlines)))
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            #expect(!FileManager.default.fileExists(atPath: host.backups.path), "no backup is made")
            let again = try await host.ops("backup", "--make-key", "--json").run()
            #expect(again.out.contains("\"made\" : false"), "\(again.out)")
            #expect(try await host.ops("backup").run().status == 0)
            #expect(try String(contentsOfFile: key, encoding: .utf8) == text)
            #expect(try await host.ops("backup", "--make-key", "--dry-run").run().status == 64)
            try "abc".write(toFile: key, atomically: true, encoding: .utf8)
            let wrong = try await host.ops("backup", "--make-key").run()
            #expect(wrong.status == 78, "\(wrong.err)")
            #expect(wrong.err.contains("64 hexadecimal digits"))
            #expect(try String(contentsOfFile: key, encoding: .utf8) == "abc")
        }

        @Test func `only what is configured is backed up, and an unknown kind is a configuration error`() async throws {
            var host = try await OpsHost(.sqlite, candles: 10)
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 78, "\(outcome.err)")
            #expect(outcome.err.contains("POSTGRES_HOST"))
            host.environment["DATABASE_URL"] = "sqlite:" + host.folder.path("nothing.db")
            let missing = try await host.ops("backup", "--type", "sqlite").run()
            #expect(missing.status == 69, "\(missing.err)")
            #expect(!FileManager.default.fileExists(atPath: host.folder.path("nothing.db")))
        }

        @Test func `a folder that cannot be used, and one that another run uses, are said`() async throws {
            var host = try await OpsHost(.sqlite, candles: 10)
            try host.backups.prepare()
            let lock = try host.backups.lock(exclusive: true)
            let busy = try await host.ops("backup").run()
            #expect(busy.status == 75, "\(busy.err)")
            lock.release()
            let shared = try host.backups.lock(exclusive: false)
            #expect(try await host.ops("backup").run().status == 75)
            #expect(
                try await host.ops("verify").run().status == 69, "two verifications go together; there is no backup yet"
            )
            shared.release()
            #expect(try await host.ops("backup").run().status == 0)
            try Data().write(to: URL(filePath: host.folder.path("a file")))
            host.environment["BACKUP_DIR"] = host.folder.path("a file")
            let unusable = try await host.ops("backup").run()
            #expect(unusable.status == 74, "\(unusable.err)")
        }

        @Test func `far fewer rows end with 12 until they are accepted, and remove nothing`() async throws {
            let host = try await OpsHost(.sqlite, candles: 1000)
            #expect(try await host.ops("backup").run().status == 0)
            let store = try await host.store()
            let stored = try #require(try await store.find(Series("BTCUSD-1m")))
            _ = try await store.forget(stored, in: nil)
            await store.close()
            let suspicious = try await host.ops("backup", "--json").run()
            #expect(suspicious.status == 12, "\(suspicious.err)")
            #expect(suspicious.err.contains("--accept-fewer-rows"))
            #expect(suspicious.number("exit_code") == 12)
            #expect(try await host.ops("backups").run().out.contains("SUSPICIOUS"))
            #expect(try await host.ops("backup", "--accept-fewer-rows").run().status == 0)
            #expect(try await host.ops("backup").run().status == 0)
        }

        @Test func `a flipped bit is found by verify, noted, and the file is no longer good`() async throws {
            let host = try await OpsHost(.sqlite, candles: 500)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let backup = try #require(try host.backups.backups().first)
            let file = host.backups.url.appending(path: backup.name.file)
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 4
            try bytes.write(to: file)
            let verified = try await host.ops("verify").run()
            #expect(verified.status == 12, "\(verified.err)")
            #expect(verified.out.contains("DAMAGED"))
            #expect(try await host.ops("backups").run().out.contains("DAMAGED (fast)"))
            #expect(try host.backups.backups().first?.isGood == false)
            try Data("{}".utf8).write(to: host.backups.url.appending(path: backup.name.manifest))
            let manifest = try await host.ops("verify", backup.name.file).run()
            #expect(manifest.status == 12)
            #expect(manifest.out.contains("its manifest is damaged"))
        }

        @Test func `a path leads to that file, not to one of the same name in the folder`() async throws {
            let host = try await OpsHost(.sqlite, candles: 500)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let name = try #require(try host.backups.backups().first?.name)
            let stick = host.folder.url.appending(path: "stick")
            try FileManager.default.createDirectory(at: stick, withIntermediateDirectories: false)
            for file in [name.file, name.manifest] {
                try FileManager.default.copyItem(
                    at: host.backups.url.appending(path: file), to: stick.appending(path: file))
            }
            let copy = stick.appending(path: name.file)
            #expect(try await host.ops("verify", copy.path).run().status == 0)
            var bytes = try Data(contentsOf: copy)
            bytes[100] ^= 1
            try bytes.write(to: copy)
            #expect(try await host.ops("verify", copy.path).run().status == 12)
            #expect(try await host.ops("verify", name.file).run().status == 0)
        }

        @Test func `one backup that nobody can look at keeps no other from being verified`() async throws {
            let host = try await OpsHost(.sqlite, candles: 100)
            #expect(try await host.ops("backup", "--type", "sqlite").run().status == 0)
            let name = try #require(try host.backups.backups().first?.name)
            var manifest = try #require(try host.backups.backups().first?.known)
            let older = BackupName(.sqlite, at: name.time - 60_000)
            manifest.file = older.file
            manifest.formatVersion = 99
            try ManifestText.encode(manifest).write(
                to: host.backups.url.appending(path: older.manifest), atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                at: host.backups.url.appending(path: name.file), to: host.backups.url.appending(path: older.file))
            let outcome = try await host.ops("verify", "--all").run()
            #expect(outcome.status == 78, "\(outcome.err)")
            #expect(outcome.out.contains("\(name.file): verified"))
            #expect(outcome.err.contains("backup-format"))
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled))
        func `SIGTERM ends pg_dump and the run, and leaves nothing`() async throws {
            var host = try await OpsHost(.postgres, candles: 10)
            let script = """
                #!/bin/bash
                if [ "$1" = --version ]; then echo 'pg_dump (PostgreSQL) 99.1'; exit; fi
                echo '-- PostgreSQL database dump'
                kill -TERM $PPID
                exec sleep 600
                """
            try script.write(toFile: host.folder.path("pg_dump"), atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.folder.path("pg_dump"))
            host.environment["PATH"] = host.folder.path + ":/usr/bin:/bin"
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 10, "\(outcome.err)")
            #expect(outcome.err.contains("[stopped]"))
            #expect(try host.files() == [])
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled))
        func `a server that stops amid the dump is unavailable, and nothing is published`() async throws {
            let cluster = try await ScratchPostgres.own()
            let host = try await OpsHost(.postgres, candles: 10, database: cluster.database())
            guard case .postgres(let settings) = host.location else { throw CancellationError() }
            let locker = PostgresConnection(settings)
            try await locker.connect()
            try await locker.execute(script: "BEGIN; LOCK TABLE candle IN ACCESS EXCLUSIVE MODE")
            async let running = host.ops("backup", "--type", "postgres").run()
            while try await locker.query("SELECT 1 FROM pg_locks WHERE NOT granted").rows.isEmpty {}
            try await cluster.stop()
            let outcome = try await running
            #expect(outcome.status == 69, "\(outcome.err)")
            #expect(try host.files() == [])
        }

        @Test func `a run tells the dead man's switch how it ended, and a broken one changes nothing`() async throws {
            var host = try await OpsHost(.sqlite, candles: 10)
            host.environment["BACKUP_PING_URL"] = "http://127.0.0.1:9/secret-token"
            let outcome = try await host.ops("backup").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.err.contains("BACKUP_PING_URL"))
            #expect(!outcome.err.contains("secret-token") && !outcome.err.contains("127.0.0.1"))
        }
    }
}
