import Candles
import Foundation
import GRDB
import Postgres
import Storage
import TestSupport
import Testing

@testable import Backup

/// Both kinds of database that `ops` serves.
enum Engine: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }
}

/// A host of its own: state folder, folder of backups, a database with made-up candles, and the settings of one test.
struct OpsHost: Sendable {
    let folder: ScratchFolder
    let engine: Engine
    let location: DatabaseLocation
    var environment: [String: String]

    /// `database`: the URL of an empty database; nil for one of its own.
    init(_ engine: Engine, candles: Int, database: String? = nil) async throws {
        self.engine = engine
        folder = try ScratchFolder()
        let url: String
        switch engine {
        case .sqlite: url = database ?? "sqlite:" + folder.path("candles.db")
        case .postgres:
            if !ScratchPostgres.isEnabled { try Test.cancel("no initdb and postgres; apt-get install postgresql") }
            url = if let database { database } else { try await ScratchPostgres.shared().database() }
        }
        location = try DatabaseLocation(url)
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
            "HOME": folder.path, "STATE_DIR": folder.path("state"), "BACKUP_DIR": folder.path("backups"),
            "DATABASE_URL": url,
        ]
        try await fill(candles, from: 0)
    }

    var backups: BackupFolder { BackupFolder(URL(filePath: folder.path("backups"))) }
    var type: BackupType { BackupType(of: location) }

    func ops(_ arguments: String...) -> Command { .ops(arguments, environment) }

    /// A restore that asks nobody.
    func restore(_ more: String...) -> Command {
        .ops(["restore", "--type", engine.rawValue, "--yes"] + more, environment)
    }

    func store() async throws -> any CandleStore {
        switch location {
        case .sqlite(let path): try SQLiteCandleStore(path: path)
        case .postgres(let settings): try await PostgresCandleStore(settings, clock: ContinuousClock())
        }
    }

    /// Stores so many minutes in one page.
    func fill(_ count: Int, from: Int) async throws {
        let store = try await store()
        try await store.fill(count, from: from)
        await store.close()
    }

    /// Every row, as one text: databases of the same content give the same.
    func fingerprint() async throws -> String {
        try await Self.fingerprint(of: location)
    }

    static func fingerprint(of location: DatabaseLocation) async throws -> String {
        switch location {
        case .sqlite(let path):
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try await queue.read { db in
                guard try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"] else { return "damaged" }
                // A restore gives the database an id of its own, which stands in meta.
                return try SQLiteTableSums.read(db).filter { $0.name != "meta" }.map {
                    "\($0.name) \($0.rows) \($0.sum)"
                }.joined(separator: "\n")
            }
        case .postgres(let settings):
            let connection = PostgresConnection(settings)
            try await connection.connect()
            let answer = try await connection.query(
                """
                SELECT count(*), sum(hashtextextended(c::text, 0)::numeric), (SELECT count(*) FROM coverage),
                    (SELECT max(candles) FROM series_stats) FROM candle c
                """)
            await connection.close()
            return answer.rows[0].map { $0 ?? "NULL" }.joined(separator: " ")
        }
    }

    /// What killed restores left in the cluster for this database.
    func scratchDatabases() async throws -> [String] {
        guard case .postgres(let settings) = location else { return [] }
        let connection = PostgresConnection(settings)
        try await connection.connect()
        let answer = try await connection.query("SELECT datname FROM pg_database WHERE datname LIKE 'ops%'")
        await connection.close()
        let prefixes = ScratchDatabase.Purpose.allCases.map { $0.prefix(settings) }
        return answer.rows.compactMap(\.first).compactMap(\.self).filter { name in
            prefixes.contains { name.hasPrefix($0) }
        }
    }

    /// What lies in the folder of backups beside locks.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: backups.path).filter { !$0.hasSuffix(".lock") }.sorted()
    }
}

extension CandleStore {
    /// Stores so many minutes of BTCUSD in one page, `from` minutes after the beginning of 2024.
    func fill(_ count: Int, from: Int) async throws {
        func minute(_ index: Int) -> UnixMilliseconds { 1_704_067_200_000 + Int64(index) * 60_000 }
        let series = try await track(Series("BTCUSD-1m"), from: minute(0))
        let candles = (from..<from + count).map { index in
            let price = 40_000 + Double(index % 1009) / 7
            return Candle(
                openTime: minute(index), open: price, high: price + 12.5, low: price - 11.125, close: price + 1 / 3,
                volume: Double(index % 97) / 13)
        }
        let range = TimeRange(minute(from), minute(from + count))
        _ = try await store(
            ProvenPage(candles: candles, proven: [range], checkedAt: minute(10_000_000)), of: series)
    }
}
