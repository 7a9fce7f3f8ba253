import Candles
import Postgres

/// Stores one page inside a transaction, on the connection's own thread.
struct PostgresPageWriter {
    let page: ProvenPage
    let series: StoredSeries
    private let id: String
    /// All rows but the first and the last, which alone may be kept already.
    private let inner: Range<Int>
    private let encodedInner: CopyBuffer

    /// Encodes the rows: while the connection still stores another page.
    init(page: ProvenPage, series: StoredSeries) {
        self.page = page
        self.series = series
        id = "\(series.id)"
        inner = page.candles.indices.dropFirst().dropLast()
        var buffer = CopyBuffer(columns: 8, reserving: page.candles.count * 87)
        for candle in page.candles[inner] { buffer.append(candle, of: series) }
        encodedInner = buffer
    }

    func write(_ connection: isolated PostgresConnection, mergeAlways: Bool = false) throws -> StoredPage {
        var stored = StoredPage(written: 0, revised: 0, suspect: 0)
        let appeared = page.isCorrection ? try recordAppearances(connection) : 0
        if !page.candles.isEmpty {
            let rows = try mergeAlways ? nil : page.newRows(besides: keptRows(connection))
            stored = try rows.map { try insert($0, connection) } ?? merge(connection)
        }
        let removed = try removeAbsent(connection)
        for range in page.proven { try cover(range, connection) }
        stored.written += removed.all
        stored.revised += appeared + removed.final
        try connection.runQuery("SELECT pg_notify('candles', $1)", ["\(series.series)"])
        return stored
    }

    private var first: UnixMilliseconds { page.candles.first?.openTime ?? 0 }
    private var last: UnixMilliseconds { page.candles.last?.openTime ?? 0 }
    private var bounds: [String?] { [id, "\(first)", "\(last)"] }

    /// In order, so that the server walks the index: it knows nothing yet of how the rows of a young table lie.
    private func keptRows(_ connection: isolated PostgresConnection) throws -> [StoredCandle] {
        try connection.runBinaryQuery(
            """
            SELECT open_time, open, high, low, close, volume, final FROM candle
            WHERE series_id = $1 AND open_time BETWEEN from_unix_ms($2) AND from_unix_ms($3)
            ORDER BY series_id, open_time LIMIT \(ProvenPage.keptRowsToSee)
            """, bounds
        ).storedCandles()
    }

    private static let columns = "series_id, open_time, open, high, low, close, volume, final"

    /// Straight into the table: none of the rows is there.
    private func insert(
        _ rows: ArraySlice<Candle>, _ connection: isolated PostgresConnection
    ) throws -> StoredPage {
        try connection.copyIn("COPY candle (\(Self.columns)) FROM STDIN (FORMAT binary)", encoded(rows))
        let count = rows.count
        try addToStats(candles: count, final: count, connection)
        return StoredPage(written: count, revised: 0, suspect: try noteSuspects(connection))
    }

    /// Through a staging table, so that a row that says the same is not written.
    private func merge(_ connection: isolated PostgresConnection) throws -> StoredPage {
        try connection.runScript("CREATE TEMP TABLE IF NOT EXISTS stage (LIKE candle); TRUNCATE stage")
        try connection.copyIn("COPY stage (\(Self.columns)) FROM STDIN (FORMAT binary)", encoded(page.candles[...]))
        let before = try counts(connection)
        let revised = try recordRevisions(connection)
        let written = try connection.runQuery(Self.mergeSQL).affected
        let after = try counts(connection)
        try addToStats(candles: after.all - before.all, final: after.final - before.final, connection)
        let suspect = try noteSuspects(connection)
        try dropFormerSuspects(connection)
        return StoredPage(written: written, revised: revised, suspect: suspect)
    }

    private func encoded(_ rows: ArraySlice<Candle>) -> CopyBuffer {
        var buffer = encodedInner
        for index in rows.indices where !inner.contains(index) {
            buffer.append(rows[index], of: series)
        }
        return buffer
    }

    private static let mergeSQL = """
        INSERT INTO candle AS c (\(columns)) SELECT \(columns) FROM stage
        ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
            low = excluded.low, close = excluded.close, volume = excluded.volume, final = excluded.final
        WHERE (c.open, c.high, c.low, c.close, c.volume, c.final) IS DISTINCT FROM
            (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume, excluded.final)
        """

    private func recordRevisions(_ connection: isolated PostgresConnection) throws -> Int {
        try connection.runQuery(
            """
            INSERT INTO revisions
            SELECT c.series_id, c.open_time, from_unix_ms($1), c.open, c.high, c.low, c.close, c.volume,
                s.open, s.high, s.low, s.close, s.volume
            FROM stage s JOIN candle c USING (series_id, open_time)
            WHERE c.series_id = $2 AND c.open_time BETWEEN from_unix_ms($3) AND from_unix_ms($4)
                AND c.final AND ((c.open, c.high, c.low, c.close) IS DISTINCT FROM (s.open, s.high, s.low, s.close)
                OR abs(c.volume - s.volume) > greatest(1e-8, 1e-9 * greatest(abs(c.volume), abs(s.volume))))
            ON CONFLICT DO NOTHING
            """, ["\(page.checkedAt)"] + bounds
        ).affected
    }

    private func counts(_ connection: isolated PostgresConnection) throws -> (all: Int, final: Int) {
        let row = try connection.runQuery(
            """
            SELECT count(*), count(*) FILTER (WHERE final) FROM candle
            WHERE series_id = $1 AND open_time BETWEEN from_unix_ms($2) AND from_unix_ms($3)
            """, bounds
        ).typedRows.first
        return (Int(try row?.required(0) ?? 0), Int(try row?.required(1) ?? 0))
    }

    private func addToStats(candles: Int, final: Int, _ connection: isolated PostgresConnection) throws {
        try connection.runQuery(
            """
            UPDATE series_stats SET candles = candles + $2, final_candles = final_candles + $3,
                first_open = least(first_open, from_unix_ms($4)), last_open = greatest(last_open, from_unix_ms($5)),
                last_final = greatest(last_final, from_unix_ms($5))
            WHERE series_id = $1
            """, [id, "\(candles)", "\(final)", "\(first)", "\(last)"])
    }

    private func noteSuspects(_ connection: isolated PostgresConnection) throws -> Int {
        let suspects = page.candles.filter(\.isSuspect)
        for candle in suspects {
            try connection.runQuery(
                "INSERT INTO suspects VALUES ($1, from_unix_ms($2)) ON CONFLICT DO NOTHING", [id, "\(candle.openTime)"])
        }
        return suspects.count
    }

    /// Of rows that were corrected.
    private func dropFormerSuspects(_ connection: isolated PostgresConnection) throws {
        try connection.runQuery(
            """
            DELETE FROM suspects x USING candle c
            WHERE x.series_id = $1 AND x.open_time BETWEEN from_unix_ms($2) AND from_unix_ms($3)
                AND c.series_id = x.series_id AND c.open_time = x.open_time
                AND c.low <= c.open AND c.low <= c.close AND c.open <= c.high AND c.close <= c.high
            """, bounds)
    }

    /// Revisions of rows where nobody was said to have traded.
    private func recordAppearances(_ connection: isolated PostgresConnection) throws -> Int {
        var count = 0
        for candle in page.candles {
            count += try connection.runQuery(
                """
                INSERT INTO revisions (series_id, open_time, seen_at, new_open, new_high, new_low, new_close, new_volume)
                SELECT $1::int, from_unix_ms($2), from_unix_ms($3), $4::float8, $5::float8, $6::float8, $7::float8, $8::float8
                WHERE EXISTS (SELECT 1 FROM coverage
                        WHERE series_id = $1::int AND from_time <= from_unix_ms($2) AND to_time > from_unix_ms($2))
                    AND NOT EXISTS (SELECT 1 FROM candle WHERE series_id = $1::int AND open_time = from_unix_ms($2))
                ON CONFLICT DO NOTHING
                """, revision(of: candle)
            ).affected
        }
        return count
    }

    /// Removes what is kept in the proven stretches and is not on the page: provisional rows, and final ones where the page
    /// corrects.
    private func removeAbsent(_ connection: isolated PostgresConnection) throws -> (all: Int, final: Int) {
        guard try page.isCorrection || hasProvisionalRows(connection) else { return (0, 0) }
        let present = Set(page.candles.map(\.openTime))
        var absent: [StoredCandle] = []
        for range in page.proven {
            absent += try connection.runBinaryQuery(
                """
                SELECT open_time, open, high, low, close, volume, final FROM candle
                WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
                    AND ($4::bool OR NOT final)
                """, [id, "\(range.start)", "\(range.end)", "\(page.isCorrection)"]
            ).storedCandles().filter { !present.contains($0.candle.openTime) }
        }
        for row in absent { try remove(row, connection) }
        let final = absent.count { $0.final }
        if !absent.isEmpty { try takeFromStats(candles: absent.count, final: final, connection) }
        return (absent.count, final)
    }

    private func hasProvisionalRows(_ connection: isolated PostgresConnection) throws -> Bool {
        try connection.runQuery("SELECT candles > final_candles FROM series_stats WHERE series_id = $1", [id])
            .rows.first?.first == "t"
    }

    private func remove(_ row: StoredCandle, _ connection: isolated PostgresConnection) throws {
        if row.final {
            try connection.runQuery(
                """
                INSERT INTO revisions (series_id, open_time, seen_at, old_open, old_high, old_low, old_close, old_volume)
                VALUES ($1, from_unix_ms($2), from_unix_ms($3), $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
                """, revision(of: row.candle))
        }
        for table in ["candle", "suspects"] {
            try connection.runQuery(
                "DELETE FROM \(table) WHERE series_id = $1 AND open_time = from_unix_ms($2)",
                [id, "\(row.candle.openTime)"])
        }
    }

    private func revision(of candle: Candle) -> [String?] {
        let values = [candle.open, candle.high, candle.low, candle.close, candle.volume]
        return [id, "\(candle.openTime)", "\(page.checkedAt)"] + values.map { "\($0)" }
    }

    private func takeFromStats(candles: Int, final: Int, _ connection: isolated PostgresConnection) throws {
        try connection.runQuery(
            """
            UPDATE series_stats SET candles = candles - $2, final_candles = final_candles - $3,
                first_open = (SELECT min(open_time) FROM candle WHERE series_id = $1),
                last_open = (SELECT max(open_time) FROM candle WHERE series_id = $1),
                last_final = (SELECT open_time FROM candle WHERE series_id = $1 AND final
                    ORDER BY open_time DESC LIMIT 1)
            WHERE series_id = $1
            """, [id, "\(candles)", "\(final)"])
    }

    /// Adds a stretch to the coverage, merging all that it touches, and keeps the count of covered intervals.
    private func cover(_ range: TimeRange, _ connection: isolated PostgresConnection) throws {
        if range.isEmpty { return }
        let touching = try connection.runQuery(
            """
            DELETE FROM coverage
            WHERE series_id = $1 AND from_time <= from_unix_ms($3) AND to_time >= from_unix_ms($2)
            RETURNING unix_ms(from_time), unix_ms(to_time)
            """, [id, "\(range.start)", "\(range.end)"]
        ).typedRows.map { try $0.range(0, 1) }
        let merged = IntervalSet(touching + [range])
        for whole in merged.ranges {
            try connection.runQuery(
                "INSERT INTO coverage VALUES ($1, from_unix_ms($2), from_unix_ms($3), $4, from_unix_ms($5))",
                [id, "\(whole.start)", "\(whole.end)", ProvenPage.proof, "\(page.checkedAt)"])
        }
        let added = (merged.milliseconds - IntervalSet(touching).milliseconds) / series.series.timeframe.milliseconds
        try connection.runQuery(
            "UPDATE series_stats SET covered = covered + $2 WHERE series_id = $1", [id, "\(added)"])
    }
}

extension CopyBuffer {
    /// One row of the table `candle`.
    fileprivate mutating func append(_ candle: Candle, of series: StoredSeries) {
        beginRow()
        append(int32: Int32(truncatingIfNeeded: series.id))
        append(timestampMilliseconds: candle.openTime)
        append(double: candle.open)
        append(double: candle.high)
        append(double: candle.low)
        append(double: candle.close)
        append(double: candle.volume)
        append(bool: true)
    }
}
