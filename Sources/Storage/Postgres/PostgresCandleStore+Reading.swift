package import Candles
import Postgres

extension PostgresCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await transaction { try $0.find(series) }
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await transaction { try $0.coverage(series.id) }
    }

    package func edges(
        of series: StoredSeries, in range: TimeRange
    ) async throws -> (oldest: UnixMilliseconds, newest: UnixMilliseconds)? {
        try await transaction { connection in
            let row = try connection.runQuery(
                """
                SELECT unix_ms(min(open_time)), unix_ms(max(open_time)) FROM candle
                WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
                """, ["\(series.id)", "\(range.start)", "\(range.end)"]
            ).typedRows.first
            guard let oldest = try row?.integer(0), let newest = try row?.integer(1) else { return nil }
            return (oldest, newest)
        }
    }

    package func overview(now: UnixMilliseconds) async throws -> [SeriesOverview] {
        try await transaction { try $0.overview(now: now) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] { try await transaction { try $0.gaps(now: now) } }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await transaction { try $0.candles(of: series.id, in: range, limit: limit) }
    }

    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await transaction { connection in
            try connection.runQuery(
                "SELECT unix_ms(last_final) FROM series_stats WHERE series_id = $1", ["\(series.id)"]
            ).typedRows.first?.integer(0)
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await transaction { try $0.counts(of: series.id, in: ranges) }
    }

    package func disagreements(of series: StoredSeries) async throws -> Set<Disagreement> {
        try await transaction { connection in
            Set(
                try connection.runQuery(
                    "SELECT timeframe, unix_ms(open_time), coarse, folded FROM disagreements WHERE series_id = $1",
                    ["\(series.id)"]
                ).typedRows.map {
                    Disagreement(
                        timeframe: try Timeframe($0.text(0)), openTime: try $0.required(1), coarse: try $0.text(2),
                        folded: try $0.text(3))
                })
        }
    }
}
