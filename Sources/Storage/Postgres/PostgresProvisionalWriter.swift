import Candles
import Postgres

/// Stores rows of several series that may still change, inside a transaction: three statements, however many rows.
struct PostgresProvisionalWriter {
    let rows: [ProvisionalRows]

    /// - Throws: `StorageFault.forgotten` where one of the series is no longer kept.
    func write(in database: String, _ connection: isolated PostgresConnection) throws -> Int {
        try connection.hold(rows.map(\.series), in: database)
        let written = try connection.runQuery(Self.upsertSQL, columns).typedRows.first?.required(0) ?? 0
        let names = Set(rows.map { "\"\($0.series.series)\"" }).sorted().joined(separator: ",")
        try connection.runQuery("SELECT pg_notify('candles', name) FROM unnest($1::text[]) name", ["{\(names)}"])
        return Int(written)
    }

    /// What is proven, rows or their absence, is newer truth.
    private static let upsertSQL = """
        WITH new AS (
            SELECT series_id, from_unix_ms(at) AS open_time, open, high, low, close, volume
            FROM unnest($1::int[], $2::bigint[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
                AS r (series_id, at, open, high, low, close, volume)
        ), written AS (
            INSERT INTO candle AS c (series_id, open_time, open, high, low, close, volume, final)
            SELECT n.series_id, n.open_time, n.open, n.high, n.low, n.close, n.volume, false FROM new n
            WHERE NOT EXISTS (SELECT 1 FROM coverage v
                WHERE v.series_id = n.series_id AND v.from_time <= n.open_time AND v.to_time > n.open_time)
            ON CONFLICT (series_id, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
                low = excluded.low, close = excluded.close, volume = excluded.volume
            WHERE NOT c.final AND excluded.volume >= c.volume AND (c.open, c.high, c.low, c.close, c.volume)
                IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
            RETURNING c.series_id, c.open_time, (xmax = 0) AS is_new
        ), counted AS (
            UPDATE series_stats t SET candles = t.candles + w.added, first_open = least(t.first_open, w.first),
                last_open = greatest(t.last_open, w.last)
            FROM (SELECT series_id, count(*) FILTER (WHERE is_new) AS added, min(open_time) AS first,
                max(open_time) AS last FROM written GROUP BY series_id) w
            WHERE t.series_id = w.series_id
        )
        SELECT count(*) FROM written
        """

    private var columns: [String?] {
        let all = rows.flatMap { part in part.candles.map { (part.series.id, $0) } }
        let values: [KeyPath<Candle, Double>] = [\.open, \.high, \.low, \.close, \.volume]
        return [array(all.map { "\($0.0)" }), array(all.map { "\($0.1.openTime)" })]
            + values.map { value in array(all.map { "\($0.1[keyPath: value])" }) }
    }

    private func array(_ elements: [String]) -> String { "{\(elements.joined(separator: ","))}" }
}

extension PostgresConnection {
    /// Keeps other writers of these series waiting until the transaction ends; in one order, so that two never wait for each other.
    ///
    /// A number alone does not say which series it is: after a restore another may have it.
    ///
    /// - Throws: `StorageFault.forgotten` where the number names none or another one.
    func hold(_ series: [StoredSeries], in database: String) throws {
        let wanted = Dictionary(series.map { ($0.id, $0) }) { first, _ in first }
        let rows = try runQuery(
            """
            SELECT t.series_id, s.symbol, s.timeframe FROM series_stats t JOIN series s ON s.id = t.series_id
            WHERE t.series_id = ANY ($1::int[]) ORDER BY t.series_id FOR UPDATE OF t
            """, ["{\(wanted.keys.map(String.init).joined(separator: ","))}"]
        ).typedRows
        let held = try Dictionary(rows.map { (try $0.required(0), [try $0.text(1), try $0.text(2)]) }) { $1 }
        for series in series
        where held[series.id] != [series.series.symbol.name, series.series.timeframe.rawValue] {
            throw StorageFault.forgotten(series, in: database)
        }
    }
}
