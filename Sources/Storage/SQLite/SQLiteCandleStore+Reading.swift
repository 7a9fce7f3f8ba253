package import Candles
internal import GRDB
import SQLiteRows

extension SQLiteCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await read { try $0.find(series) }
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await read { try $0.coverage(series.id) }
    }

    package func edges(
        of series: StoredSeries, in range: TimeRange
    ) async throws -> (oldest: UnixMilliseconds, newest: UnixMilliseconds)? {
        try await read { db in
            let sql =
                "SELECT open_time FROM candle WHERE series_id = ? AND open_time >= ? AND open_time < ? ORDER BY open_time"
            let arguments: StatementArguments = [series.id, range.start, range.end]
            guard let oldest = try Int64.fetchOne(db, sql: sql + " LIMIT 1", arguments: arguments),
                let newest = try Int64.fetchOne(db, sql: sql + " DESC LIMIT 1", arguments: arguments)
            else { return nil }
            return (oldest, newest)
        }
    }

    package func overview(now: UnixMilliseconds) async throws -> [SeriesOverview] {
        try await read { try $0.overview(now: now) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] { try await read { try $0.gaps(now: now) } }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, in: range, limit: limit) }
    }

    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await read { db in
            try Int64.fetchOne(
                db, sql: "SELECT last_final FROM series_stats WHERE series_id = ?", arguments: [series.id])
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { try $0.counts(of: series.id, in: ranges) }
    }

    package func disagreements(of series: StoredSeries) async throws -> Set<Disagreement> {
        try await read { db in
            Set(
                try Row.fetchAll(
                    db, sql: "SELECT timeframe, open_time, coarse, folded FROM disagreements WHERE series_id = ?",
                    arguments: [series.id]
                ).map { Disagreement(timeframe: try Timeframe($0[0]), openTime: $0[1], coarse: $0[2], folded: $0[3]) })
        }
    }
}
