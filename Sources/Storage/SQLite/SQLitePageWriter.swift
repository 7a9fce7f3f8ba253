import Candles
internal import GRDB
import SQLiteRows

/// Stores one page inside a transaction.
struct SQLitePageWriter {
    let page: ProvenPage
    let series: StoredSeries

    func write(_ db: Database) throws -> StoredPage {
        var stored = StoredPage(written: 0, revised: 0, suspect: 0)
        let appeared = page.isCorrection ? try recordAppearances(db) : 0
        if !page.candles.isEmpty {
            let rows = page.newRows(besides: try keptRows(db))
            stored = try rows.map { try insert($0, db) } ?? merge(db)
        }
        let removed = try removeAbsent(db)
        for range in page.proven { try cover(range, db) }
        stored.written += removed.all
        stored.revised += appeared + removed.final
        return stored
    }

    private var first: UnixMilliseconds { page.candles.first?.openTime ?? 0 }
    private var last: UnixMilliseconds { page.candles.last?.openTime ?? 0 }
    private var arguments: StatementArguments { [series.id, first, last] }

    private func keptRows(_ db: Database) throws -> [StoredCandle] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT open_time, open, high, low, close, volume, final FROM candle
                WHERE series_id = ? AND open_time BETWEEN ? AND ? ORDER BY open_time LIMIT \(ProvenPage.keptRowsToSee)
                """, arguments: arguments
        ).map(StoredCandle.init)
    }

    /// Straight into the table: none of the rows is there.
    private func insert(_ rows: ArraySlice<Candle>, _ db: Database) throws -> StoredPage {
        try SQLiteRowWriter.insert.write(rows, seriesID: series.id, final: true, in: db)
        try addToStats(candles: rows.count, final: rows.count, db)
        return StoredPage(written: rows.count, revised: 0, suspect: try noteSuspects(db))
    }

    /// Through a staging table, so that a row that says the same is not written.
    private func merge(_ db: Database) throws -> StoredPage {
        try db.execute(
            sql: "CREATE TEMP TABLE IF NOT EXISTS stage AS SELECT * FROM main.candle LIMIT 0; DELETE FROM temp.stage")
        try SQLiteRowWriter.stage.write(page.candles[...], seriesID: series.id, final: true, in: db)
        let before = try counts(db)
        let revised = try recordRevisions(db)
        try db.execute(sql: Self.mergeSQL)
        let written = db.changesCount
        let after = try counts(db)
        try addToStats(candles: after.all - before.all, final: after.final - before.final, db)
        let suspect = try noteSuspects(db)
        try dropFormerSuspects(db)
        return StoredPage(written: written, revised: revised, suspect: suspect)
    }

    private static let mergeSQL = """
        INSERT INTO candle SELECT * FROM temp.stage WHERE true
        ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, volume = excluded.volume, final = excluded.final
        WHERE (open, high, low, close, volume, final) IS NOT
            (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume, excluded.final)
        """

    private func recordRevisions(_ db: Database) throws -> Int {
        try db.execute(
            sql: """
                INSERT INTO revisions
                SELECT c.series_id, c.open_time, ?1, c.open, c.high, c.low, c.close, c.volume,
                    s.open, s.high, s.low, s.close, s.volume
                FROM temp.stage s JOIN candle c ON c.series_id = s.series_id AND c.open_time = s.open_time
                WHERE c.final AND ((c.open, c.high, c.low, c.close) IS NOT (s.open, s.high, s.low, s.close)
                    OR abs(c.volume - s.volume) > max(1e-8, 1e-9 * max(abs(c.volume), abs(s.volume))))
                ON CONFLICT DO NOTHING
                """, arguments: [page.checkedAt])
        return db.changesCount
    }

    private func counts(_ db: Database) throws -> (all: Int, final: Int) {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*), coalesce(sum(final), 0) FROM candle
                WHERE series_id = ? AND open_time BETWEEN ? AND ?
                """, arguments: arguments)
        return (row?[0] ?? 0, row?[1] ?? 0)
    }

    private func addToStats(candles: Int, final: Int, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE series_stats SET candles = candles + ?2, final_candles = final_candles + ?3,
                    first_open = min(coalesce(first_open, ?4), ?4), last_open = max(coalesce(last_open, ?5), ?5),
                    last_final = max(coalesce(last_final, ?5), ?5)
                WHERE series_id = ?1
                """, arguments: [series.id, candles, final, first, last])
    }

    private func noteSuspects(_ db: Database) throws -> Int {
        var count = 0
        for candle in page.candles where candle.isSuspect {
            count += 1
            try db.execute(
                sql: "INSERT INTO suspects VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [series.id, candle.openTime])
        }
        return count
    }

    /// Of rows that were corrected.
    private func dropFormerSuspects(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM suspects AS x WHERE series_id = ? AND open_time BETWEEN ? AND ? AND EXISTS (
                    SELECT 1 FROM candle c WHERE c.series_id = x.series_id AND c.open_time = x.open_time
                        AND c.low <= c.open AND c.low <= c.close AND c.open <= c.high AND c.close <= c.high)
                """, arguments: arguments)
    }

    /// Revisions of rows where nobody was said to have traded.
    private func recordAppearances(_ db: Database) throws -> Int {
        var count = 0
        for candle in page.candles {
            try db.cachedStatement(
                sql: """
                    INSERT INTO revisions (series_id, open_time, seen_at, new_open, new_high, new_low, new_close, new_volume)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
                    WHERE EXISTS (SELECT 1 FROM coverage WHERE series_id = ?1 AND from_time <= ?2 AND to_time > ?2)
                        AND NOT EXISTS (SELECT 1 FROM candle WHERE series_id = ?1 AND open_time = ?2)
                    ON CONFLICT DO NOTHING
                    """
            ).execute(arguments: [
                series.id, candle.openTime, page.checkedAt, candle.open, candle.high, candle.low, candle.close,
                candle.volume,
            ])
            count += db.changesCount
        }
        return count
    }

    /// Removes what is kept in the proven stretches and is not on the page: provisional rows, and final ones where the page
    /// corrects.
    private func removeAbsent(_ db: Database) throws -> (all: Int, final: Int) {
        guard try page.isCorrection || hasProvisionalRows(db) else { return (0, 0) }
        let present = Set(page.candles.map(\.openTime))
        var absent: [StoredCandle] = []
        for range in page.proven {
            absent += try Row.fetchAll(
                db,
                sql: """
                    SELECT open_time, open, high, low, close, volume, final FROM candle
                    WHERE series_id = ? AND open_time >= ? AND open_time < ? AND (? OR NOT final)
                    """, arguments: [series.id, range.start, range.end, page.isCorrection]
            ).map(StoredCandle.init).filter { !present.contains($0.candle.openTime) }
        }
        for row in absent { try remove(row, db) }
        let final = absent.count { $0.final }
        if !absent.isEmpty { try takeFromStats(candles: absent.count, final: final, db) }
        return (absent.count, final)
    }

    private func hasProvisionalRows(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT candles > final_candles FROM series_stats WHERE series_id = ?", arguments: [series.id])
            ?? false
    }

    private func remove(_ row: StoredCandle, _ db: Database) throws {
        let candle = row.candle
        if row.final {
            try db.execute(
                sql: """
                    INSERT INTO revisions (series_id, open_time, seen_at, old_open, old_high, old_low, old_close, old_volume)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    series.id, candle.openTime, page.checkedAt, candle.open, candle.high, candle.low, candle.close,
                    candle.volume,
                ])
        }
        for table in ["candle", "suspects"] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE series_id = ? AND open_time = ?",
                arguments: [series.id, candle.openTime])
        }
    }

    private func takeFromStats(candles: Int, final: Int, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE series_stats SET candles = candles - ?2, final_candles = final_candles - ?3,
                    first_open = (SELECT min(open_time) FROM candle WHERE series_id = ?1),
                    last_open = (SELECT max(open_time) FROM candle WHERE series_id = ?1),
                    last_final = (SELECT open_time FROM candle WHERE series_id = ?1 AND final
                        ORDER BY open_time DESC LIMIT 1)
                WHERE series_id = ?1
                """, arguments: [series.id, candles, final])
    }

    /// Adds a stretch to the coverage, merging all that it touches, and keeps the count of covered intervals.
    private func cover(_ range: TimeRange, _ db: Database) throws {
        if range.isEmpty { return }
        let touching = try Row.fetchAll(
            db, sql: "SELECT from_time, to_time FROM coverage WHERE series_id = ? AND from_time <= ? AND to_time >= ?",
            arguments: [series.id, range.end, range.start]
        ).map { TimeRange($0[0], $0[1]) }
        let merged = IntervalSet(touching + [range])
        try db.execute(
            sql: "DELETE FROM coverage WHERE series_id = ? AND from_time <= ? AND to_time >= ?",
            arguments: [series.id, range.end, range.start])
        for whole in merged.ranges {
            try db.execute(
                sql: "INSERT INTO coverage VALUES (?, ?, ?, ?, ?)",
                arguments: [series.id, whole.start, whole.end, ProvenPage.proof, page.checkedAt])
        }
        let added = (merged.milliseconds - IntervalSet(touching).milliseconds) / series.series.timeframe.milliseconds
        try db.execute(
            sql: "UPDATE series_stats SET covered = covered + ? WHERE series_id = ?", arguments: [added, series.id])
    }
}
