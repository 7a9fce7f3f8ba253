package import Candles
internal import GRDB

extension SQLiteCandleStore {
    package func claim(exchange: String) async throws {
        let path = path
        try await write { db in
            let stored = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'exchange'")
            guard let stored else {
                try db.execute(sql: "INSERT INTO meta VALUES ('exchange', ?)", arguments: [exchange])
                return
            }
            if stored != exchange {
                throw StorageFault.otherExchange(database: path, stored: stored, configured: exchange)
            }
        }
    }

    package func want(_ series: Series, from: UnixMilliseconds) async throws -> StoredSeries {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO series (symbol, timeframe, step_ms, wanted_from) VALUES (?, ?, ?, ?)
                    ON CONFLICT (symbol, timeframe) DO UPDATE SET wanted_from = excluded.wanted_from
                    WHERE excluded.wanted_from < wanted_from
                    """,
                arguments: [series.symbol.name, series.timeframe.rawValue, series.timeframe.milliseconds, from])
            guard let stored = try Self.find(series, db) else {
                throw DatabaseError(message: "the series was not inserted")
            }
            try db.execute(
                sql: "INSERT INTO series_stats (series_id) VALUES (?) ON CONFLICT DO NOTHING", arguments: [stored.id])
            return stored
        }
    }

    package func setFirstOpen(_ time: UnixMilliseconds, of series: StoredSeries) async throws {
        try await write { db in
            try db.execute(
                sql: "UPDATE series SET first_open = ? WHERE id = ? AND symbol = ? AND timeframe = ?",
                arguments: [time, series.id, series.series.symbol.name, series.series.timeframe.rawValue])
        }
    }

    package func store(_ page: ProvenPage, of series: StoredSeries) async throws -> StoredPage {
        let path = path
        return try await write { db in
            try Self.ensureKept(series, in: path, db)
            var stored = StoredPage(written: 0, revised: 0, suspect: 0)
            if let first = page.candles.first, let last = page.candles.last {
                let bounds = RowBounds(seriesID: series.id, first: first.openTime, last: last.openTime)
                let rows = page.newRows(besides: try bounds.keptRows(db))
                stored = try rows.map { try bounds.insert($0, of: page, db) } ?? bounds.merge(page, db)
            }
            for range in page.proven { try Self.cover(range, page, series, db) }
            return stored
        }
    }

    /// SQLite gives a removed series' number to the next new one.
    private static func ensureKept(_ series: StoredSeries, in path: String, _ db: Database) throws {
        if try find(series.series, db)?.id != series.id { throw StorageFault.forgotten(series, in: path) }
    }

    /// Adds a stretch to the coverage, merging all that it touches, and keeps the count of covered intervals.
    private static func cover(_ range: TimeRange, _ page: ProvenPage, _ series: StoredSeries, _ db: Database) throws {
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

    package func forget(_ series: StoredSeries, in range: TimeRange?) async throws -> Int {
        let path = path
        return try await write { db in
            try Self.ensureKept(series, in: path, db)
            guard let range else {
                try db.execute(sql: "DELETE FROM candle WHERE series_id = ?", arguments: [series.id])
                let removed = db.changesCount
                try db.execute(sql: "DELETE FROM series WHERE id = ?", arguments: [series.id])
                return removed
            }
            for table in ["suspects", "revisions", "candle"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE series_id = ? AND open_time >= ? AND open_time < ?",
                    arguments: [series.id, range.start, range.end])
            }
            let removed = db.changesCount
            try Self.uncover(range, series, db)
            let left = try Self.coverage(series.id, db)
            try db.execute(
                sql: """
                    UPDATE series_stats SET (candles, final_candles, first_open, last_open, last_final, covered) =
                        (SELECT count(*), coalesce(sum(final), 0), min(open_time), max(open_time),
                            max(CASE WHEN final THEN open_time END), ?2 FROM candle WHERE series_id = ?1)
                    WHERE series_id = ?1
                    """, arguments: [series.id, left.milliseconds / series.series.timeframe.milliseconds])
            return removed
        }
    }

    /// Takes a stretch out of the coverage; what is left of a cut stretch keeps its proof.
    private static func uncover(_ range: TimeRange, _ series: StoredSeries, _ db: Database) throws {
        let arguments: StatementArguments = [series.id, range.start, range.end]
        try db.execute(
            sql: """
                INSERT INTO coverage SELECT series_id, ?3, to_time, proof, checked_at FROM coverage
                WHERE series_id = ?1 AND from_time < ?3 AND to_time > ?3 AND ?2 < ?3
                """, arguments: arguments)
        try db.execute(
            sql:
                "UPDATE coverage SET to_time = ?2 WHERE series_id = ?1 AND from_time < ?2 AND to_time > ?2 AND ?3 > ?2",
            arguments: arguments)
        try db.execute(
            sql: "DELETE FROM coverage WHERE series_id = ?1 AND from_time >= ?2 AND from_time < ?3",
            arguments: arguments)
    }
}

/// The rows of one page in the table, by their key range.
private struct RowBounds {
    let seriesID: Int64
    let first: UnixMilliseconds
    let last: UnixMilliseconds

    private var arguments: StatementArguments { [seriesID, first, last] }

    func keptRows(_ db: Database) throws -> [StoredCandle] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT open_time, open, high, low, close, volume, final FROM candle
                WHERE series_id = ? AND open_time BETWEEN ? AND ? ORDER BY open_time LIMIT \(ProvenPage.keptRowsToSee)
                """, arguments: arguments
        ).map(StoredCandle.init)
    }

    /// Straight into the table: none of the rows is there.
    func insert(_ rows: ArraySlice<Candle>, of page: ProvenPage, _ db: Database) throws -> StoredPage {
        try SQLiteRowWriter.insert.write(rows, seriesID: seriesID, final: page.final, in: db)
        let count = rows.count
        try addToStats(candles: count, final: page.final ? count : 0, lastFinal: page.final ? last : nil, db)
        return StoredPage(written: count, revised: 0, suspect: try noteSuspects(page, db))
    }

    /// Through a staging table, so that a row that says the same is not written.
    func merge(_ page: ProvenPage, _ db: Database) throws -> StoredPage {
        try db.execute(
            sql: "CREATE TEMP TABLE IF NOT EXISTS stage AS SELECT * FROM main.candle LIMIT 0; DELETE FROM temp.stage")
        try SQLiteRowWriter.stage.write(page.candles[...], seriesID: seriesID, final: page.final, in: db)
        let before = try counts(db)
        let revised = page.final ? try recordRevisions(seenAt: page.checkedAt, db) : 0
        try db.execute(sql: Self.mergeSQL)
        let written = db.changesCount
        let after = try counts(db)
        try addToStats(
            candles: after.all - before.all, final: after.final - before.final, lastFinal: page.final ? last : nil, db)
        let suspect = try noteSuspects(page, db)
        try dropFormerSuspects(db)
        return StoredPage(written: written, revised: revised, suspect: suspect)
    }

    private static let mergeSQL = """
        INSERT INTO candle SELECT * FROM temp.stage WHERE true
        ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, volume = excluded.volume, final = excluded.final
        WHERE (open, high, low, close, volume, final) IS NOT
            (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume, excluded.final)
            AND excluded.final >= final
        """

    private func recordRevisions(seenAt: UnixMilliseconds, _ db: Database) throws -> Int {
        try db.execute(
            sql: """
                INSERT INTO revisions
                SELECT c.series_id, c.open_time, ?1, c.open, c.high, c.low, c.close, c.volume,
                    s.open, s.high, s.low, s.close, s.volume
                FROM temp.stage s JOIN candle c ON c.series_id = s.series_id AND c.open_time = s.open_time
                WHERE c.final AND ((c.open, c.high, c.low, c.close) IS NOT (s.open, s.high, s.low, s.close)
                    OR abs(c.volume - s.volume) > max(1e-8, 1e-9 * max(abs(c.volume), abs(s.volume))))
                ON CONFLICT DO NOTHING
                """, arguments: [seenAt])
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

    private func addToStats(candles: Int, final: Int, lastFinal: UnixMilliseconds?, _ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE series_stats SET candles = candles + ?2, final_candles = final_candles + ?3,
                    first_open = min(coalesce(first_open, ?4), ?4), last_open = max(coalesce(last_open, ?5), ?5),
                    last_final = CASE WHEN ?6 IS NULL THEN last_final ELSE max(coalesce(last_final, ?6), ?6) END
                WHERE series_id = ?1
                """, arguments: [seriesID, candles, final, first, last, lastFinal])
    }

    private func noteSuspects(_ page: ProvenPage, _ db: Database) throws -> Int {
        var count = 0
        for candle in page.candles where candle.isSuspect {
            count += 1
            try db.execute(
                sql: "INSERT INTO suspects VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [seriesID, candle.openTime])
        }
        return count
    }

    /// Of rows that were corrected, and of rows of this page that did not replace the kept ones.
    private func dropFormerSuspects(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM suspects AS x WHERE series_id = ? AND open_time BETWEEN ? AND ? AND EXISTS (
                    SELECT 1 FROM candle c WHERE c.series_id = x.series_id AND c.open_time = x.open_time
                        AND c.low <= c.open AND c.low <= c.close AND c.open <= c.high AND c.close <= c.high)
                """, arguments: arguments)
    }
}
