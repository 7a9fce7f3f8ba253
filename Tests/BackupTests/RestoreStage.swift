import Backup
import Candles
import Foundation
import GRDB
import Journal
import NIOConcurrencyHelpers
import Storage
import TestSupport
import Testing

/// An SQLite database, a folder of backups and a journal: what a restore needs.
struct RestoreStage: Sendable {
    let scratch: ScratchFolder
    /// The database's path; its folder may not be there yet.
    let path: String
    let folder: BackupFolder
    let journal: Journal
    /// Moves on by a second at each look.
    private let clock = NIOLockedValueBox(1_795_000_000_000 as UnixMilliseconds)
    private let seen = NIOLockedValueBox<[BackupEvent]>([])

    init(database name: String = "candles.db") throws {
        scratch = try ScratchFolder()
        path = scratch.path(name)
        folder = BackupFolder(scratch.url.appending(path: "backups"))
        try folder.prepare()
        journal = try Journal(folder: scratch.url.appending(path: "state")) { 0 }
    }

    var now: @Sendable () -> UnixMilliseconds {
        { [clock] in
            clock.withLockedValue { time in
                time += 1000
                return time
            }
        }
    }

    /// What happened so far.
    var events: [BackupEvent] { seen.withLockedValue { $0 } }

    func note(_ event: BackupEvent) { seen.withLockedValue { $0.append(event) } }

    func target(busyTimeout: TimeInterval = 10) -> SQLiteRestoreTarget {
        SQLiteRestoreTarget(path: path, journal: journal, busyTimeout: busyTimeout, now: now)
    }

    /// Makes a database of this program's schema with candles of one series, one a minute from the epoch.
    func fill(_ candles: Int, migrations: [Migration] = Migration.sqlite) async throws {
        let store = try SQLiteCandleStore(path: path, migrations: migrations, backup: .waived)
        await store.close()
        try change(
            """
            INSERT INTO series (id, symbol, timeframe, step_ms, first_open, wanted_from) VALUES (1, 'BTCUSD', '1m', 60000, 0, 0);
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(candles - 1))
                INSERT INTO candle SELECT 1, i * 60000, 1, 2, 1, 2, i, 1 FROM n;
            INSERT INTO suspects VALUES (1, 0), (1, 60000), (1, 120000);
            INSERT INTO series_stats (series_id, candles, last_open) VALUES (1, \(candles), \((candles - 1) * 60000));
            """)
    }

    /// Another program's connection, which may leave a transaction open.
    func connection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// One value, read by a connection of its own.
    func value(_ sql: String, of path: String? = nil) throws -> String? {
        let queue = try DatabaseQueue(path: path ?? self.path)
        defer { try? queue.close() }  // It was only read.
        return try queue.read { try String.fetchOne($0, sql: sql) }
    }

    func candles() throws -> Int? { try value("SELECT count(*) FROM candle").flatMap(Int.init) }

    @discardableResult
    func backUp(_ occasion: BackupOccasion = .manual, of path: String? = nil) async throws -> Manifest {
        try await BackupRun(SQLiteSource(path: path ?? self.path), in: folder, occasion: occasion, now: now, emit: note)
            .run()
    }

    func archive(_ manifest: Manifest) -> RestoreArchive {
        RestoreArchive(path: folder.url.appending(path: manifest.file).path, manifest: manifest)
    }

    func replace(with manifest: Manifest, busyTimeout: TimeInterval = 10) async throws {
        let target = target(busyTimeout: busyTimeout)
        try await target.withoutWriters { try await target.replace(with: archive(manifest), emit: note) }
    }

    /// A whole restore, answered with yes.
    @discardableResult
    func restore(
        _ change: (inout RestoreRequest) -> Void = { _ in },
        confirm: @escaping @Sendable (RestorePlan) async throws -> Bool = { _ in true }
    ) async throws -> RestoreOutcome {
        var request = RestoreRequest()
        change(&request)
        return try await RestoreRun(
            target(), from: folder, request, makeSafetyBackup: { try await backUp(.beforeRestore) }, now: now,
            emit: note
        ).run(confirm: confirm)
    }

    /// Names in the database's folder, without those of the stage itself.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: URL(filePath: path).deletingLastPathComponent().path)
            .filter { !["backups", "state"].contains($0) && !$0.hasSuffix(".writers") }.sorted()
    }

    func bytes(_ name: String? = nil) throws -> Data { try Data(contentsOf: URL(filePath: name ?? path)) }

    /// Runs a line of shell in the stage's folder, and returns what it printed.
    @discardableResult
    func shell(_ line: String) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-ec", line]
        process.currentDirectoryURL = scratch.url
        process.standardOutput = pipe
        try process.run()
        let printed = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(line)")
        return printed
    }
}
