package import Candles
import Postgres

extension PostgresCandleStore {
    package func bind(to exchange: String) async throws {
        let database = identity
        try await transaction { connection in
            let select = "SELECT value FROM meta WHERE key = 'exchange'"
            var stored = try connection.runQuery(select).rows.first?.first ?? nil
            if stored == nil {
                // Another job may claim it at this moment: what is stored in the end decides.
                try connection.runQuery(
                    "INSERT INTO meta VALUES ('exchange', $1) ON CONFLICT (key) DO NOTHING", [exchange])
                stored = try connection.runQuery(select).rows.first?.first ?? nil
            }
            if let stored, stored != exchange {
                throw StorageFault.otherExchange(database: database, stored: stored, configured: exchange)
            }
        }
    }

    package func track(_ series: Series, from: UnixMilliseconds) async throws -> StoredSeries {
        let database = identity
        return try await transaction { connection in
            let changed = try connection.runQuery(
                """
                INSERT INTO series (symbol, timeframe, step_ms, wanted_from) VALUES ($1, $2, $3, from_unix_ms($4))
                ON CONFLICT (symbol, timeframe) DO UPDATE SET wanted_from = excluded.wanted_from
                WHERE excluded.wanted_from < series.wanted_from
                """,
                [series.symbol.name, series.timeframe.rawValue, "\(series.timeframe.milliseconds)", "\(from)"]
            ).affected
            guard let stored = try connection.find(series) else {
                throw StorageFault.failed(database: database, reason: "the series was not inserted")
            }
            try connection.runQuery(
                "INSERT INTO series_stats (series_id) VALUES ($1) ON CONFLICT DO NOTHING", ["\(stored.id)"])
            if changed > 0 { try Self.tell(of: series, connection) }
            return stored
        }
    }

    /// To who listens, once this is committed.
    private static func tell(of series: Series, _ connection: isolated PostgresConnection) throws {
        try connection.runQuery("SELECT pg_notify('candles', $1)", ["\(series)"])
    }

    package func setFirstOpen(
        _ time: UnixMilliseconds, provenAt: UnixMilliseconds?, of series: StoredSeries
    ) async throws {
        let database = identity
        try await transaction { connection in
            try Self.hold(series, in: database, connection)
            try connection.runQuery(
                "UPDATE series SET first_open = from_unix_ms($2), first_proven_at = from_unix_ms($3) WHERE id = $1",
                ["\(series.id)", "\(time)", provenAt.map { "\($0)" }])
            try Self.tell(of: series.series, connection)
        }
    }

    package func setGone(
        since: UnixMilliseconds?, listReadAt: UnixMilliseconds?, of series: StoredSeries
    ) async throws {
        let database = identity
        try await transaction { connection in
            try Self.hold(series, in: database, connection)
            try connection.runQuery(
                "UPDATE series SET gone_since = from_unix_ms($2), list_read_at = from_unix_ms($3) WHERE id = $1",
                ["\(series.id)", since.map { "\($0)" }, listReadAt.map { "\($0)" }])
            try Self.tell(of: series.series, connection)
        }
    }

    package func store(_ page: ProvenPage, of series: StoredSeries) async throws -> StoredPage {
        let database = identity
        let writer = PostgresPageWriter(page: page, series: series)
        do {
            return try await transaction { connection in
                try Self.hold(series, in: database, connection)
                return try writer.write(connection)
            }
        } catch let fault as PostgresFault where fault.isUniqueViolation {
            // Another job stored rows of this range between our look and our COPY.
            return try await transaction { connection in
                try Self.hold(series, in: database, connection)
                return try writer.write(connection, mergeAlways: true)
            }
        }
    }

    package func store(provisional rows: [ProvisionalRows]) async throws -> Int {
        let database = identity
        let writer = PostgresProvisionalWriter(rows: rows.filter { !$0.candles.isEmpty })
        if writer.rows.isEmpty { return 0 }
        return try await transaction { try writer.write(in: database, $0) }
    }

    package func setRecheckedTo(_ time: UnixMilliseconds, of series: StoredSeries) async throws {
        let database = identity
        try await transaction { connection in
            try Self.hold(series, in: database, connection)
            _ = try connection.runQuery(
                "UPDATE series SET rechecked_to = from_unix_ms($2) WHERE id = $1", ["\(series.id)", "\(time)"])
        }
    }

    package func note(_ disagreements: Set<Disagreement>, of series: StoredSeries) async throws {
        let database = identity
        try await transaction { connection in
            try Self.hold(series, in: database, connection)
            for bar in disagreements {
                try connection.runQuery(
                    """
                    INSERT INTO disagreements VALUES ($1, $2, from_unix_ms($3), $4, $5)
                    ON CONFLICT (series_id, timeframe, open_time) DO UPDATE SET coarse = excluded.coarse,
                        folded = excluded.folded
                    """, ["\(series.id)", bar.timeframe.rawValue, "\(bar.openTime)", bar.coarse, bar.folded])
            }
        }
    }

    package func store(tickers: [Ticker], at time: UnixMilliseconds) async throws {
        let values: [KeyPath<Ticker, Double>] = [
            \.lastPrice, \.dailyChange, \.dailyChangeRelative, \.dailyVolume, \.dailyHigh, \.dailyLow,
        ]
        let numbers = values.map { value in
            "{" + tickers.map { "\($0[keyPath: value])" }.joined(separator: ",") + "}"
        }
        let names = "{" + tickers.map { "\"\($0.symbol)\"" }.joined(separator: ",") + "}"
        try await transaction { connection in
            try connection.runQuery("DELETE FROM tickers")
            try connection.runQuery(
                """
                INSERT INTO tickers SELECT symbol, from_unix_ms($2), p, c, r, v, h, l FROM unnest($1::text[], $3::float8[],
                    $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[]) AS t (symbol, p, c, r, v, h, l)
                ON CONFLICT DO NOTHING
                """, [names, "\(time)"] + numbers)
            try connection.runQuery("NOTIFY tickers")
        }
    }

    /// Two jobs of one series (a stream and a repair) change its coverage and counts one after the other.
    private static func hold(
        _ series: StoredSeries, in database: String, _ connection: isolated PostgresConnection
    ) throws {
        try connection.hold([series], in: database)
    }

    package func forget(_ series: StoredSeries, in range: TimeRange?) async throws -> Int {
        let database = identity
        return try await transaction { connection in
            try Self.hold(series, in: database, connection)
            try Self.tell(of: series.series, connection)
            let id = "\(series.id)"
            guard let range else {
                let removed = try connection.runQuery("DELETE FROM candle WHERE series_id = $1", [id]).affected
                try connection.runQuery("DELETE FROM series WHERE id = $1", [id])
                return removed
            }
            var removed = 0
            for table in ["suspects", "revisions", "candle"] {
                removed = try connection.runQuery(
                    """
                    DELETE FROM \(table)
                    WHERE series_id = $1 AND open_time >= from_unix_ms($2) AND open_time < from_unix_ms($3)
                    """, [id, "\(range.start)", "\(range.end)"]
                ).affected
            }
            try Self.uncover(range, id, connection)
            let left = try connection.coverage(series.id)
            try connection.runQuery(
                """
                UPDATE series_stats SET (candles, final_candles, first_open, last_open, last_final, covered) =
                    (SELECT count(*), count(*) FILTER (WHERE final), min(open_time), max(open_time),
                        max(open_time) FILTER (WHERE final), $2::bigint FROM candle WHERE series_id = $1)
                WHERE series_id = $1
                """, [id, "\(left.milliseconds / series.series.timeframe.milliseconds)"])
            return removed
        }
    }

    /// Takes a stretch out of the coverage; what is left of a cut stretch keeps its proof.
    private static func uncover(
        _ range: TimeRange, _ id: String, _ connection: isolated PostgresConnection
    ) throws {
        let end = [id, "\(range.end)"]
        let both = [id, "\(range.start)", "\(range.end)"]
        try connection.runQuery(
            """
            INSERT INTO coverage SELECT series_id, from_unix_ms($2), to_time, proof, checked_at FROM coverage
            WHERE series_id = $1 AND from_time < from_unix_ms($2) AND to_time > from_unix_ms($2)
            """, end)
        try connection.runQuery(
            """
            UPDATE coverage SET to_time = from_unix_ms($2)
            WHERE series_id = $1 AND from_time < from_unix_ms($2) AND to_time > from_unix_ms($2)
            """, [id, "\(range.start)"])
        try connection.runQuery(
            """
            DELETE FROM coverage
            WHERE series_id = $1 AND from_time >= from_unix_ms($2) AND from_time < from_unix_ms($3)
            """, both)
    }
}
