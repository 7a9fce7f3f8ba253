import GRDB

extension Journal {
    /// Counts readings of a service that makes no run of each, as a stream makes some every minute.
    package func noteCycles(of job: String, _ count: Int) async throws {
        try await write { db, now in
            try db.cachedStatement(
                sql: """
                    INSERT INTO cycles(job, day, count, last_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT(job, day) DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at
                    """
            ).execute(arguments: [job, now / 86_400_000, count, now])
        }
    }
}
