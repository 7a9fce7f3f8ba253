import Candles
import Foundation
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

/// A database that is exchanged under a job: nothing that the job knew of the old one may be written into the new one.
@Suite("CandleStore: another database in its place", .timeLimit(.minutes(3))) struct ReplacedDatabaseTests {
    /// Everything that writes, and what it writes if it is let.
    enum Act: String, CaseIterable, Sendable {
        case page, correction, provisional, firstOpen, gone, rechecked, disagreements, forget, forgetRange
        case tickers, hostStatus, bind, track

        /// Whether it names a series by its number.
        var ofSeries: Bool { ![.tickers, .hostStatus, .bind, .track].contains(self) }

        func perform(on store: any CandleStore, _ series: StoredSeries) async throws {
            switch self {
            case .page: _ = try await store.store(.full(3, 9), of: series)
            case .correction:
                _ = try await store.store(
                    ProvenPage(
                        candles: [.at(1, price: 7)], proven: [minutes(0, 5)], checkedAt: minute(9), isCorrection: true),
                    of: series)
            case .provisional: _ = try await store.store(forming: [.at(20)], of: series)
            case .firstOpen: try await store.setFirstOpen(minute(1), of: series)
            case .gone: try await store.setGone(since: minute(1), listReadAt: minute(1), of: series)
            case .rechecked: try await store.setRecheckedTo(minute(2), of: series)
            case .disagreements:
                try await store.note(
                    [Disagreement(timeframe: .hour1, openTime: minute(0), coarse: .at(0), folded: nil)], of: series)
            case .forget: _ = try await store.forget(series, in: nil)
            case .forgetRange: _ = try await store.forget(series, in: minutes(0, 2))
            case .tickers:
                let ticker = Ticker(
                    symbol: series.series.symbol, lastPrice: 1, dailyChange: 1, dailyChangeRelative: 1, dailyVolume: 1,
                    dailyHigh: 1, dailyLow: 1)
                try await store.store(tickers: [ticker], at: minute(1))
            case .hostStatus: try await store.publish(status: "{}", of: "elsewhere", at: minute(1))
            case .bind: try await store.bind(to: "https://elsewhere")
            case .track: _ = try await store.track(.sample("XRPUSD-1m"), from: minute(0))
            }
        }
    }

    /// How another database comes to stand where the first one stood.
    enum Exchange: String, CaseIterable, Sendable {
        /// Deleted and made anew.
        case madeAnew
        /// Moved away, and another one moved there.
        case movedThere
        /// The same file, or the same database of the server, with other content.
        case overwritten
        /// Moved away, and nothing else there.
        case movedAway
    }

    /// Exchanges the database for one that has a series of Ether under the number that Bitcoin had.
    private func exchange(_ database: ScratchDatabase, _ exchange: Exchange, kind: StoreKind) async throws {
        let other = try await kind.database()
        try await fill(other, "ETHUSD-1m")
        switch (database.location, other.location) {
        case (.sqlite(let path), .sqlite(let otherPath)):
            let manager = FileManager.default
            if exchange == .overwritten {
                let rows = "INSERT INTO main.series SELECT * FROM other.series"
                try await database.detached(
                    """
                    ATTACH '\(otherPath)' AS other; PRAGMA foreign_keys = OFF; BEGIN;
                    DELETE FROM series; \(rows); DELETE FROM meta; INSERT INTO main.meta SELECT * FROM other.meta;
                    DELETE FROM candle; INSERT INTO main.candle SELECT * FROM other.candle; COMMIT
                    """)
                return
            }
            for suffix in ["", "-wal", "-shm"] where manager.fileExists(atPath: path + suffix) {
                try manager.moveItem(atPath: path + suffix, toPath: path + ".old" + suffix)
            }
            if exchange == .madeAnew { try await fill(database, "ETHUSD-1m") }
            if exchange == .movedThere { try manager.moveItem(atPath: otherPath, toPath: path) }
        case (.postgres(let settings), .postgres(let otherSettings)):
            let name = settings.database
            let admin = PostgresConnection(settings.naming(database: "postgres"))
            try await admin.connect()
            switch exchange {
            case .madeAnew:
                try await admin.query("DROP DATABASE \(name) WITH (FORCE)")
                try await admin.query("CREATE DATABASE \(name)")
                try await fill(database, "ETHUSD-1m")
            case .movedThere, .movedAway:
                try await admin.query(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", [name])
                try await admin.query("ALTER DATABASE \(name) RENAME TO \(name)_old")
                if exchange == .movedThere {
                    try await admin.query(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1",
                        [otherSettings.database])
                    try await admin.query("ALTER DATABASE \(otherSettings.database) RENAME TO \(name)")
                }
            case .overwritten:
                try await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                try await fill(database, "ETHUSD-1m")
            }
            await admin.close()
        default: preconditionFailure("two kinds")
        }
    }

    private func fill(_ database: ScratchDatabase, _ series: String) async throws {
        let store = try await database.store()
        _ = try await store.store(.full(0, 5), of: await store.track(.sample(series), from: minute(0)))
        await store.close()
    }

    /// All that a writer could change.
    private func content(_ database: ScratchDatabase) async throws -> [[String]] {
        var rows: [[String]] = []
        for table in [
            "series ORDER BY id", "candle ORDER BY series_id, open_time", "coverage", "series_stats", "revisions",
            "disagreements", "tickers", "host_status", "meta ORDER BY key",
        ] { rows += try await database.rows("SELECT * FROM \(table)") }
        return rows
    }

    @Test(arguments: StoreKind.allCases, [Exchange.madeAnew, .movedThere, .overwritten])
    func `nothing is written into another database that took the place of a job's`(
        kind: StoreKind, how: Exchange
    ) async throws {
        let database = try await kind.database()
        try await fill(database, "BTCUSD-1m")
        let store = try await database.store()
        let series = try #require(try await store.find(.sample()))
        try await exchange(database, how, kind: kind)
        let before = try await content(database)
        #expect(before.contains { $0.contains("ETHUSD") })
        for act in Act.allCases {
            let fault = await #expect(throws: StorageFault.self, "\(act)") { try await act.perform(on: store, series) }
            #expect(fault?.code == "database-replaced", "\(act): \(fault?.summary ?? "")")
            #expect(fault?.disposition == .permanent)
        }
        // What is read by a number would be another series' too.
        await #expect(throws: StorageFault.self) { try await store.coverage(of: series) }
        await #expect(throws: StorageFault.self) { try await store.ensureSame() }
        #expect(try await content(database) == before)
        await store.close()
        let again = try await database.store()
        #expect(try await again.find(.sample()) == nil)
        await again.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a database that was moved away takes no more rows`(kind: StoreKind) async throws {
        let database = try await kind.database()
        try await fill(database, "BTCUSD-1m")
        let store = try await database.store()
        let series = try #require(try await store.find(.sample()))
        try await exchange(database, .movedAway, kind: kind)
        for act in Act.allCases {
            let error = await #expect(throws: (any Error).self) { try await act.perform(on: store, series) }
            let fault = error as? any Fault
            #expect(fault?.disposition == .permanent, "\(act)")
            #expect(fault?.code == (kind == .sqlite ? "database-replaced" : "database-refused"), "\(act)")
        }
        await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `nothing is written to a series whose number names another one now`(kind: StoreKind) async throws {
        for (column, value) in [("symbol", "ETHUSD"), ("timeframe", "5m")] {
            let database = try await kind.database()
            try await fill(database, "BTCUSD-1m")
            let store = try await database.store()
            let series = try #require(try await store.find(.sample()))
            try await database.execute("UPDATE series SET \(column) = '\(value)'")
            let before = try await content(database)
            for act in Act.allCases where act.ofSeries {
                let fault = await #expect(throws: StorageFault.self, "\(act)") {
                    try await act.perform(on: store, series)
                }
                #expect(fault?.summary.contains("BTCUSD-1m") == true, "\(act): \(fault?.summary ?? "")")
            }
            #expect(try await content(database) == before)
            await store.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `each database has an identity of its own, that stays`(kind: StoreKind) async throws {
        var seen: Set<String> = []
        for _ in 0..<3 {
            let database = try await kind.database()
            for _ in 0..<2 {
                try await fill(database, "BTCUSD-1m")
                let id = try await database.rows("SELECT value FROM meta WHERE key = 'database_id'")
                seen.insert(try #require(id.first?.first))
            }
        }
        #expect(seen.count == 3 && seen.allSatisfy { $0.count == 32 }, "\(seen)")
    }
}
