import Candles
import Postgres

/// What is known of series; each call is part of the transaction that its caller began.
extension PostgresConnection {
    func find(_ series: Series) throws -> StoredSeries? {
        try runQuery(
            "SELECT \(StoredSeries.columns) FROM series s WHERE symbol = $1 AND timeframe = $2",
            [series.symbol.name, series.timeframe.rawValue]
        ).typedRows.first.map { try StoredSeries($0) }
    }

    func coverage(_ seriesID: Int64) throws -> IntervalSet {
        IntervalSet(
            try runQuery(
                "SELECT unix_ms(from_time), unix_ms(to_time) FROM coverage WHERE series_id = $1 ORDER BY from_time",
                ["\(seriesID)"]
            ).typedRows.map { try $0.range(0, 1) })
    }

    func coverage(_ seriesID: Int64, in range: TimeRange) throws -> IntervalSet {
        IntervalSet(
            try runQuery(
                """
                SELECT unix_ms(from_time), unix_ms(to_time) FROM coverage
                WHERE series_id = $1 AND from_time < from_unix_ms($3) AND to_time > from_unix_ms($2) ORDER BY from_time
                """, ["\(seriesID)", "\(range.start)", "\(range.end)"]
            ).typedRows.map { try $0.range(0, 1).clamped(to: range) })
    }

    /// The coverage of all series, by their number.
    private func coverages() throws -> [Int64: IntervalSet] {
        let rows = try runQuery(
            "SELECT series_id, unix_ms(from_time), unix_ms(to_time) FROM coverage ORDER BY series_id, from_time"
        ).typedRows
        var coverages: [Int64: IntervalSet] = [:]
        for row in rows { coverages[try row.required(0), default: IntervalSet()].insert(try row.range(1, 2)) }
        return coverages
    }

    /// A row that names no series is left out where it is reported, and else an error.
    private func records(_ report: UnreadableSeries.Report?) throws -> [SeriesRecord] {
        try runQuery(
            """
            SELECT \(StoredSeries.columns), t.candles, t.final_candles, t.covered, unix_ms(t.first_open),
                unix_ms(t.last_open), unix_ms(t.last_final), (SELECT count(*) FROM suspects x WHERE x.series_id = s.id),
                (SELECT count(*) FROM revisions r WHERE r.series_id = s.id)
            FROM series s JOIN series_stats t ON t.series_id = s.id
            """
        ).typedRows.compactMap { row in
            do {
                return try SeriesRecord(row)
            } catch let fault as SeriesFault {
                guard let report else { throw fault }
                report(
                    UnreadableSeries(
                        id: try row.required(0), symbol: try row.text(1), timeframe: try row.text(2),
                        reason: fault.summary))
                return nil
            }
        }.sorted { $0.stored.series < $1.stored.series }
    }

    func overview(now: UnixMilliseconds) throws -> [SeriesOverview] {
        let coverages = try coverages()
        return try records(nil).map { $0.overview(at: now, proven: coverages[$0.stored.id] ?? IntervalSet()) }
    }

    func gaps(now: UnixMilliseconds, report: UnreadableSeries.Report? = nil) throws -> [Gap] {
        let coverages = try coverages()
        return try records(report).flatMap { $0.stored.gaps(at: now, proven: coverages[$0.stored.id] ?? IntervalSet()) }
            .inOrder()
    }

    func glances(now: UnixMilliseconds, report: @escaping UnreadableSeries.Report) throws -> [SeriesGlance] {
        let (coverages, newest) = (try coverages(), try newest())
        return try records(report).map { record in
            let id = record.stored.id
            return record.glance(at: now, proven: coverages[id] ?? IntervalSet(), newest: newest[id] ?? [])
        }
    }

    /// The newest two candles of each series, oldest first, by the series' number.
    private func newest() throws -> [Int64: [StoredCandle]] {
        let rows = try runBinaryQuery(
            """
            SELECT c.open_time, c.open, c.high, c.low, c.close, c.volume, c.final, s.id
            FROM series s CROSS JOIN LATERAL
                (SELECT * FROM candle WHERE series_id = s.id ORDER BY open_time DESC LIMIT 2) c
            ORDER BY c.open_time
            """)
        let ids = (0..<rows.rowCount).compactMap { rows.integer($0, 7) }
        return Dictionary(zip(ids, try rows.storedCandles().map { [$0] }), uniquingKeysWith: +)
    }
}

extension StoredSeries {
    /// Of the table `series s`, in the order that `init` reads.
    fileprivate static let columns = """
        s.id, s.symbol, s.timeframe, unix_ms(s.first_open), unix_ms(s.wanted_from), unix_ms(s.rechecked_to),
        unix_ms(s.first_proven_at), unix_ms(s.gone_since), unix_ms(s.list_read_at)
        """

    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            id: try row.required(0),
            series: try Series(storedSymbol: row.text(1), timeframe: row.text(2)),
            firstOpen: try row.integer(3), wantedFrom: try row.required(4), recheckedTo: try row.integer(5),
            firstProvenAt: try row.integer(6), goneSince: try row.integer(7), listReadAt: try row.integer(8))
    }
}

extension SeriesRecord {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            stored: try StoredSeries(row), candles: Int(try row.required(9)), finalCandles: Int(try row.required(10)),
            covered: Int(try row.required(11)), first: try row.integer(12), last: try row.integer(13),
            lastFinal: try row.integer(14), suspect: Int(try row.required(15)), revisions: Int(try row.required(16)))
    }
}
