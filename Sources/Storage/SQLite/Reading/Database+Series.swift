import Candles
internal import GRDB
import SQLiteRows

/// What is known of series; each call is part of the transaction that its caller began.
extension Database {
    /// Not GRDB's `tableExists`, which remembers what it saw before another process made the table.
    func hasTable(_ name: String) throws -> Bool {
        try Bool.fetchOne(
            cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)"),
            arguments: [name]) ?? false
    }

    func find(_ series: Series) throws -> StoredSeries? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM series WHERE symbol = ? AND timeframe = ?",
            arguments: [series.symbol.name, series.timeframe.rawValue]
        ).map(StoredSeries.init)
    }

    func coverage(_ seriesID: Int64) throws -> IntervalSet {
        IntervalSet(
            try Row.fetchAll(
                self, sql: "SELECT from_time, to_time FROM coverage WHERE series_id = ? ORDER BY from_time",
                arguments: [seriesID]
            ).map { TimeRange($0[0], $0[1]) })
    }

    func coverage(_ seriesID: Int64, in range: TimeRange) throws -> IntervalSet {
        let touching = try cachedStatement(
            sql: """
                SELECT from_time, to_time FROM coverage WHERE series_id = ? AND from_time < ? AND to_time > ?
                ORDER BY from_time
                """)
        return IntervalSet(
            try Row.fetchAll(touching, arguments: [seriesID, range.end, range.start])
                .map { TimeRange($0[0], $0[1]).clamped(to: range) })
    }

    /// The coverage of all series, by their number.
    private func coverages() throws -> [Int64: IntervalSet] {
        var coverages: [Int64: IntervalSet] = [:]
        let rows = try Row.fetchCursor(
            cachedStatement(sql: "SELECT series_id, from_time, to_time FROM coverage ORDER BY series_id, from_time"))
        while let row = try rows.next() {
            coverages[row[0], default: IntervalSet()].insert(TimeRange(row[1], row[2]))
        }
        return coverages
    }

    /// A row that names no series is left out where it is reported, and else an error.
    private func records(_ report: UnreadableSeries.Report?) throws -> [SeriesRecord] {
        try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT s.id, s.symbol, s.timeframe, s.first_open, s.wanted_from, s.rechecked_to,
                        s.first_proven_at, s.gone_since, s.list_read_at, t.candles,
                        t.final_candles, t.covered, t.first_open AS kept_first, t.last_open, t.last_final,
                        (SELECT count(*) FROM suspects x WHERE x.series_id = s.id) AS suspect,
                        (SELECT count(*) FROM revisions r WHERE r.series_id = s.id) AS revisions
                    FROM series s JOIN series_stats t ON t.series_id = s.id
                    """)
        ).compactMap { row in
            do {
                return try SeriesRecord(row)
            } catch let fault as SeriesFault {
                guard let report else { throw fault }
                report(
                    UnreadableSeries(
                        id: row["id"], symbol: row["symbol"], timeframe: row["timeframe"], reason: fault.summary))
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
        let coverages = try coverages()
        return try records(report).map { record in
            record.glance(
                at: now, proven: coverages[record.stored.id] ?? IntervalSet(),
                newest: try candles(of: record.stored.id, before: .max, limit: 2))
        }
    }
}

extension StoredSeries {
    init(_ row: Row) throws {
        self.init(
            id: row["id"],
            series: try Series(storedSymbol: row["symbol"], timeframe: row["timeframe"]),
            firstOpen: row["first_open"], wantedFrom: row["wanted_from"], recheckedTo: row["rechecked_to"],
            firstProvenAt: row["first_proven_at"], goneSince: row["gone_since"], listReadAt: row["list_read_at"])
    }
}

extension SeriesRecord {
    fileprivate init(_ row: Row) throws {
        self.init(
            stored: try StoredSeries(row), candles: row["candles"], finalCandles: row["final_candles"],
            covered: row["covered"], first: row["kept_first"], last: row["last_open"], lastFinal: row["last_final"],
            suspect: row["suspect"], revisions: row["revisions"])
    }
}
