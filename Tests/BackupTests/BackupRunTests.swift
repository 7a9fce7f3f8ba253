import Backup
import Candles
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Backup of SQLite", .timeLimit(.minutes(3))) struct BackupRunTests {
    private static let night: UnixMilliseconds = 1_795_226_400_000

    private func run(
        _ database: CandleDatabase, into folder: BackupFolder, acceptsFewerRows: Bool = false, after: Int64 = 0,
        log: EventLog = EventLog()
    ) async throws -> Manifest {
        try folder.prepare()
        return try await BackupRun(
            SQLiteSource(path: database.path), in: folder, occasion: .manual, acceptsFewerRows: acceptsFewerRows,
            now: { Self.night + after }, emit: log.receive
        ).run()
    }

    private func names(in folder: BackupFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".lock") }.sorted()
    }

    @Test func `gunzip and sqlite3 read the file without help from us`() async throws {
        let database = try await CandleDatabase(name: "candles of 'Flip' and \"Co\".db")
        let folder = BackupFolder(database.folder.url.appending(path: "backups of a \"friend\""))
        let manifest = try await run(database, into: folder)
        #expect(manifest.file == "sqlite_backup_20261121_020000.db.gz")
        #expect(try names(in: folder) == [manifest.file, "sqlite_backup_20261121_020000.manifest.json"])
        let file = folder.url.appending(path: manifest.file).path
        _ = try await Programs.shell("gunzip -t \"$FILE\"", ["FILE": file])
        let copy = database.folder.path("copy.db")
        let answer = try await Programs.shell(
            "gunzip -c \"$FILE\" > \"$COPY\" && sqlite3 \"$COPY\" 'PRAGMA integrity_check; SELECT count(*) FROM candles'",
            ["FILE": file, "COPY": copy])
        #expect(answer == "ok\n500")
        #expect(!FileManager.default.fileExists(atPath: copy + "-wal"), "the copy needs no log beside it")
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
    }

    @Test func `its manifest says what is in it`() async throws {
        let database = try await CandleDatabase()
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        let log = EventLog()
        let manifest = try await run(database, into: folder, log: log)
        #expect(manifest.tables.first { $0.name == "candle" }?.rows == 500)
        #expect(manifest.tables.map(\.name).contains("coverage"))
        #expect(manifest.newestCandle == CandleDatabase.minute(499).iso8601)
        #expect(manifest.schemaVersion == Migration.sqlite.count)
        #expect(manifest.database == database.location.identity)
        #expect(manifest.isGood)
        #expect(try folder.backups().map(\.known) == [manifest])
        let finished = log.events.contains { if case .finished(manifest) = $0 { true } else { false } }
        #expect(finished)
    }

    @Test func `under a writer that never rests it ends, and holds one moment`() async throws {
        let database = try await CandleDatabase(candles: 20_000)
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        try folder.prepare()
        let manifests = try await withThrowingTaskGroup(of: [Manifest].self) { group in
            group.addTask {
                let store = try SQLiteCandleStore(path: database.path)
                var from = 20_000
                while !Task.isCancelled {
                    try await store.fill(10, from: from)
                    from += 10
                }
                await store.close()
                return []
            }
            group.addTask {
                var made: [Manifest] = []
                for second in 0..<5 { made.append(try await run(database, into: folder, after: Int64(second) * 1000)) }
                return made
            }
            defer { group.cancelAll() }
            while let made = try await group.next() { if !made.isEmpty { return made } }
            return []
        }
        #expect(manifests.count == 5)
        for manifest in manifests {
            let copy = database.folder.path("copy.db")
            let file = folder.url.appending(path: manifest.file).path
            _ = try await Programs.shell("gunzip -c \"$FILE\" > \"$COPY\"", ["FILE": file, "COPY": copy])
            // Rows, coverage and statistics are written in one transaction of ten rows.
            let rows = try #require(try CandleDatabase.number("SELECT count(*) FROM candle", in: copy))
            #expect(rows % 10 == 0)
            #expect(try CandleDatabase.number("SELECT candles FROM series_stats", in: copy) == rows)
            #expect(
                try CandleDatabase.number("SELECT (max(to_time) - min(from_time)) / 60000 FROM coverage", in: copy)
                    == rows)
            #expect(manifest.tables.first { $0.name == "candle" }?.rows == rows)
        }
    }

    @Test func `a second backup in the same second takes the next one, and overwrites nothing`() async throws {
        let database = try await CandleDatabase()
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        let first = try await run(database, into: folder)
        let second = try await run(database, into: folder)
        #expect(second.file == "sqlite_backup_20261121_020001.db.gz")
        #expect(try folder.backups().compactMap(\.known) == [first, second])
    }

    @Test func `a database that is not there is said, and is not made`() async throws {
        let database = try await CandleDatabase()
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        try FileManager.default.removeItem(atPath: database.path)
        let fault = await #expect(throws: BackupFault.self) { try await run(database, into: folder) }
        #expect(fault?.code == "backup-source-missing")
        #expect(!FileManager.default.fileExists(atPath: database.path))
        #expect(try names(in: folder) == [])
    }

    @Test func `a damaged database is said, and leaves no file`() async throws {
        let database = try await CandleDatabase(candles: 5000)
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
        var bytes = try Data(contentsOf: URL(filePath: database.path))
        for index in 60_000..<61_000 { bytes[index] = 0x55 }
        try bytes.write(to: URL(filePath: database.path))
        let fault = await #expect(throws: BackupFault.self) { try await run(database, into: folder) }
        #expect(fault?.code == "backup-source-damaged")
        #expect(try names(in: folder) == [])
    }

    @Test func `far fewer rows than the last good one are suspicious until a person accepts them`() async throws {
        let database = try await CandleDatabase(candles: 1000)
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        let full = try await run(database, into: folder)
        try database.execute("DELETE FROM candle")
        let log = EventLog()
        let empty = try await run(database, into: folder, after: 1000, log: log)
        #expect(empty.suspicion == "it has \(empty.rows) rows, and the one of \(full.createdAt) has \(full.rows)")
        #expect(!empty.isGood)
        let isSaid = log.events.contains { if case .suspicious = $0 { true } else { false } }
        #expect(isSaid)
        let again = try await run(database, into: folder, after: 2000)
        #expect(again.suspicion != nil, "it is still compared with the last good one")
        let accepted = try await run(database, into: folder, acceptsFewerRows: true, after: 3000)
        #expect(accepted.isGood)
        let next = try await run(database, into: folder, after: 4000)
        #expect(next.isGood)
    }

    @Test func `a cancelled run leaves nothing`() async throws {
        let database = try await CandleDatabase(candles: 50_000)
        let folder = BackupFolder(database.folder.url.appending(path: "backups"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (began, begin) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                try folder.prepare()
                await #expect(throws: CancellationError.self) {
                    try await BackupRun(
                        SQLiteSource(path: database.path), in: folder, occasion: .manual, now: { Self.night },
                        emit: { if case .progress = $0 { begin.yield() } }
                    ).run()
                }
                begin.finish()
            }
            for await _ in began { group.cancelAll() }
            try await group.waitForAll()
        }
        #expect(try names(in: folder) == [])
    }
}
