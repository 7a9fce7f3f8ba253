package import Candles
import Postgres

extension PostgresCandleStore {
    package func find(_ series: Series) async throws -> StoredSeries? {
        try await transaction { try Self.find(series, $0) }
    }

    static func find(_ series: Series, _ connection: isolated PostgresConnection) throws -> StoredSeries? {
        try connection.runQuery(
            "SELECT \(columns) FROM series s WHERE symbol = $1 AND timeframe = $2",
            [series.symbol.name, series.timeframe.rawValue]
        ).typedRows.first.map { try StoredSeries($0) }
    }

    package func coverage(of series: StoredSeries) async throws -> IntervalSet {
        try await transaction { try Self.coverage(series.id, $0) }
    }

    static func coverage(_ seriesID: Int64, _ connection: isolated PostgresConnection) throws -> IntervalSet {
        IntervalSet(
            try connection.runQuery(
                "SELECT unix_ms(from_time), unix_ms(to_time) FROM coverage WHERE series_id = $1 ORDER BY from_time",
                ["\(seriesID)"]
            ).typedRows.map { try $0.range(0, 1) })
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
        try await transaction { connection in
            try connection.runQuery(
                """
                SELECT \(Self.columns), t.candles, t.final_candles, t.covered, unix_ms(t.first_open), unix_ms(t.last_open), unix_ms(t.last_final),
                    (SELECT count(*) FROM suspects x WHERE x.series_id = s.id)
                FROM series s JOIN series_stats t ON t.series_id = s.id
                """
            ).typedRows.map { row in
                let stored = try StoredSeries(row)
                return SeriesOverview(
                    series: stored.series, first: try row.integer(9), last: try row.integer(10),
                    lastFinal: try row.integer(11), count: Int(try row.required(6)),
                    empty: Int(try row.required(8) - row.required(7)),
                    unknown: Int(
                        try Self.unknown(of: stored, now: now, connection).milliseconds
                            / stored.series.timeframe.milliseconds), suspect: Int(try row.required(12)))
            }.sorted { $0.series < $1.series }
        }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        try await transaction { connection in
            try connection.runQuery(
                "SELECT \(Self.columns) FROM series s"
            ).typedRows.flatMap { row in
                let stored = try StoredSeries(row)
                return try Self.unknown(of: stored, now: now, connection).ranges.map {
                    Gap(series: stored.series, range: $0)
                }
            }.sorted { ($0.series, $0.range.start) < ($1.series, $1.range.start) }
        }
    }

    private static func unknown(
        of series: StoredSeries, now: UnixMilliseconds, _ connection: isolated PostgresConnection
    ) throws -> IntervalSet {
        IntervalSet([series.wanted(at: now)]).subtracting(try coverage(series.id, connection))
    }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await transaction { connection in
            try connection.runQuery(
                """
                SELECT unix_ms(open_time), open, high, low, close, volume, final FROM candle
                WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
                ORDER BY open_time LIMIT $4
                """, ["\(series.id)", "\(range.start)", "\(range.end)", "\(limit)"]
            ).typedRows.map { try $0.storedCandle() }
        }
    }
}

extension PostgresCandleStore {
    /// Of the table `series s`, in the order that `StoredSeries` reads.
    fileprivate static let columns =
        "s.id, s.symbol, s.timeframe, unix_ms(s.first_open), unix_ms(s.wanted_from), unix_ms(s.rechecked_to)"

    package func lastFinal(of series: StoredSeries) async throws -> UnixMilliseconds? {
        try await transaction { connection in
            try connection.runQuery(
                "SELECT unix_ms(last_final) FROM series_stats WHERE series_id = $1", ["\(series.id)"]
            ).typedRows.first?.integer(0)
        }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await transaction { connection in
            try connection.runQuery(
                """
                SELECT (SELECT count(*) FROM candle WHERE series_id = $1 AND open_time >= from_unix_ms(r.start)
                    AND open_time < from_unix_ms(r.stop))
                FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS r (start, stop, number) ORDER BY number
                """,
                [
                    "\(series.id)", "{" + ranges.map { "\($0.start)" }.joined(separator: ",") + "}",
                    "{" + ranges.map { "\($0.end)" }.joined(separator: ",") + "}",
                ]
            ).typedRows.map { Int(try $0.required(0)) }
        }
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

extension StoredSeries {
    /// From the columns id, symbol, timeframe, first_open, wanted_from, rechecked_to.
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            id: try row.required(0),
            series: Series(symbol: try Symbol(row.text(1)), timeframe: try Timeframe(row.text(2))),
            firstOpen: try row.integer(3), wantedFrom: try row.required(4), recheckedTo: try row.integer(5))
    }
}
