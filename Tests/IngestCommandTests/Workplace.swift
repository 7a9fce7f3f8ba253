import Candles
import Foundation
import Storage
import TestSupport

/// A host of its own: state folder, database and settings of one test.
struct Workplace: Sendable {
    let folder: ScratchFolder
    var environment: [String: String]
    let database: String

    /// `database`: a URL; nil for an SQLite file of its own.
    init(exchange: String, database: String? = nil, requestsPerMinute: Int = 0) throws {
        folder = try ScratchFolder()
        self.database = database ?? "sqlite:" + folder.path("candles.db")
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
            "HOME": folder.path, "STATE_DIR": folder.path("state"), "BITFINEX_REST_URL": exchange,
            "BITFINEX_REQUESTS_PER_MINUTE": "\(requestsPerMinute)", "DATABASE_URL": self.database,
        ]
    }

    func ingest(_ arguments: String...) -> Command { .ingest(arguments, environment) }

    func backfill(_ series: String = "BTCUSD-1m", _ more: String...) -> Command {
        .ingest(["backfill", "--series", series, "--json"] + more, environment)
    }

    var sqlitePath: String { String(database.dropFirst("sqlite:".count)) }

    /// Opens the SQLite database and says what is kept of a series.
    func kept(_ series: String = "BTCUSD-1m") async throws -> Kept {
        let store = try SQLiteCandleStore(path: sqlitePath)
        let kept = try await Kept(series: Series(series), in: store)
        await store.close()
        return kept
    }
}

/// Rows and coverage of one series, as the database has them.
struct Kept: Equatable, Sendable {
    var rows: [StoredCandle] = []
    var coverage = IntervalSet()

    init() {}

    init(series: Series, in store: any CandleStore) async throws {
        guard let stored = try await store.find(series) else { return }
        rows = try await store.candles(of: stored, in: TimeRange(0, .max / 2_000_000), limit: 5_000_000)
        coverage = try await store.coverage(of: stored)
    }

    var times: [UnixMilliseconds] { rows.map(\.candle.openTime) }

    /// Whether all that is called known holds exactly what the exchange has there.
    func agrees(with exchange: [UnixMilliseconds]) -> Bool {
        let covered = exchange.filter { coverage.contains($0) }
        return times == covered
    }
}
