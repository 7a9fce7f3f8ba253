import Candles
import Foundation
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// What `ingest export --output` replaces, and what it never does.
    @Suite("Export targets", .timeLimit(.minutes(5))) struct ExportTargetTests {
        private let place: Workplace

        /// A database with a candle, and what others keep beside it.
        init() async throws {
            place = try Workplace(exchange: "http://127.0.0.1:9")
            let store = try SQLiteCandleStore(path: place.sqlitePath)
            let start: UnixMilliseconds = 1_704_067_200_000
            let series = try await store.track(Series("BTCUSD-1m"), from: start)
            let candle = Candle(openTime: start, open: 1, high: 2, low: 1, close: 2, volume: 1)
            _ = try await store.store(
                ProvenPage(candles: [candle], proven: [TimeRange(start, start + 60_000)], checkedAt: start), of: series)
            await store.close()
            let script = """
                mkdir state backups folder; echo j > state/journal.db; echo j > state/journal.db-wal
                echo b > backups/sqlite_backup_20261121_020000.db.gz
                echo m > backups/sqlite_backup_20261121_020000.manifest.json
                cp backups/* folder/
                ln -s candles.db link; ln candles.db second; ln -s . here; ln -s link twice; ln -s ../state folder/state
                mkfifo pipe; ln -s folder to-folder; echo old > old.csv; ln -s old.csv to-old; ln -s new.csv to-new
                """
            #expect(try await shell(script).status == 0)
        }

        private func shell(_ script: String) async throws -> Command.Outcome {
            try await Command(
                program: URL(filePath: "/bin/sh"), arguments: ["-c", "cd '\(place.folder.path)' && \(script)"],
                environment: place.environment
            ).run()
        }

        /// Every name in the folder with what it is, and the contents of files.
        private func state() async throws -> String {
            // The log's index is made anew by each look.
            let find = "find . ! -name '*-shm' ! -name '*.writers' ! -path './state/*' -printf '%p %y %l %i\\n' | sort"
            let sums =
                "find . -type f ! -name '*-shm' ! -path './state/*.lock' ! -name '*.writers' -exec cksum {} + | sort -k 3"
            return try await shell("\(find); \(sums)").out
        }

        private func export(_ path: String, _ more: String...) async throws -> Command.Outcome {
            try await Command(
                program: URL(filePath: "/bin/sh"),
                arguments: [
                    "-c", "cd '\(place.folder.path)' && exec \"$@\"", "sh",
                    Command.folder.appending(path: "ingest").path, "export", "--series", "BTCUSD-1m", "--output", path,
                ] + more,
                environment: place.environment
            ).run()
        }

        @Test func `nothing of ours and no special file is replaced, by whatever way its name leads there`()
            async throws
        {
            let before = try await state()
            let database = place.sqlitePath
            let paths =
                [
                    "candles.db", "./here/candles.db", database, "candles.db-wal", "candles.db-shm",
                    "candles.db-journal",
                    "link", "twice", "second", "here/link", "state/journal.db", "state/journal.db-wal",
                    "state/journal.db-shm",
                    "folder/state/journal.db",
                ].map { ($0, "the ") } + [
                    ("backups/sqlite_backup_20261121_020000.db.gz", "backup"),
                    ("backups/sqlite_backup_20261121_020000.manifest.json", "backup"),
                    ("folder/postgres_backup_20261121_020000.sql.gz", "backup"),
                ] + ["pipe", "folder", "to-folder", "/dev/null", "/dev/full"].map { ($0, "no regular file") }
            for (path, reason) in paths {
                for more in [[], ["--overwrite"]] {
                    let outcome = more.isEmpty ? try await export(path) : try await export(path, "--overwrite")
                    #expect(outcome.status == 64, "\(path): \(outcome.err)")
                    #expect(
                        outcome.err.contains("[export-refused]") && outcome.err.contains(reason),
                        "\(path): \(outcome.err)")
                }
            }
            #expect(try await state() == before)
        }

        @Test func `a file that is there is replaced only where that is said`() async throws {
            let before = try await state()
            for path in ["old.csv", "to-old"] {
                let refused = try await export(path)
                #expect(refused.status == 64 && refused.err.contains("say --overwrite"), "\(refused.err)")
            }
            #expect(try await state() == before)
            #expect(try await export("to-old", "--overwrite").status == 0)
            #expect(try await export("to-new").status == 0)
            #expect(try await export("other.csv", "--overwrite").status == 0)
            let kinds = try await shell(
                "find . -name '*.csv' -printf '%p %y\\n' -o -name 'to-*' -printf '%p %y\\n' | sort"
            ).out
            #expect(
                kinds == "./new.csv f\n./old.csv f\n./other.csv f\n./to-folder l\n./to-new l\n./to-old l\n", "\(kinds)")
            #expect(
                try await shell("cmp old.csv new.csv && cmp new.csv other.csv && head -c 9 old.csv").out == "open_time")
            #expect(try await shell("find . -name '.*csv*'").out.isEmpty)
        }

        @Test func `what stdout gets replaces nothing, so that nothing is overwritten there`() async throws {
            let outcome = try await Command.ingest(
                ["export", "--series", "BTCUSD-1m", "--overwrite"], place.environment
            ).run()
            #expect(outcome.status == 64)
        }
    }
}
