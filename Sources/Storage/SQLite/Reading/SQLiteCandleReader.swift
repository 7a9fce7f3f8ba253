internal import GRDB

/// Reads candles of one SQLite file, which it never writes: it makes no file, and holds up no writer.
///
/// The file may be written meanwhile, be deleted, replaced, or made anew: each call reads what the path then leads to.
package actor SQLiteCandleReader: CandleReader {
    /// How often the file is looked at for a change.
    static let pause = Duration.milliseconds(100)
    /// So often a read begins again because the file changed under it; then a writer is at work, which keeps a log.
    private static let attempts = 5

    /// What a change is known by: which opening of the file, and what SQLite counts since then.
    private struct Mark: Equatable {
        let opening: Int
        let dataVersion: Int
    }

    package nonisolated let identity: String
    let report: UnreadableSeries.Report
    private let path: String
    private let clock: any Clock<Duration>
    private let migrations: [Migration]
    private var reading: SQLiteReading?
    private var openings = 0
    private var seen: Mark?

    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`, `.cannotOpen`, `.notADatabase`.
    package init(
        path: String, clock: any Clock<Duration>, migrations: [Migration] = Migration.sqlite,
        report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws {
        self.report = report
        self.path = path
        self.clock = clock
        self.migrations = migrations
        identity = DatabaseLocation.sqlite(path: path).identity
        try await read { _ in }
    }

    package func close() async {
        // An error here means that a statement is still open; the process's end closes the file all the same.
        try? reading?.pool.close()
        reading = nil
    }

    /// One read of one state, and only where its schema is the known one.
    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            for _ in 0..<Self.attempts {
                let reading = try current()
                if let value = try await read(by: reading, body) { return value }
                try Task.checkCancellation()
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            let fault = await reading?.pool.explained(error, path: path) ?? StorageFault(error, path: path)
            // What is damaged is let go of, so that it can be replaced.
            if case .notADatabase = fault { reading = nil }
            throw fault
        }
        throw StorageFault.busy(database: path)
    }

    /// Nil where the file changed meanwhile, so that what was read, or went wrong, means nothing.
    private func read<T: Sendable>(
        by reading: SQLiteReading, _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T? {
        let (path, migrations) = (path, migrations)
        do {
            let value = try await reading.pool.read { db in
                try migrations.check(found: db.schemaVersion(), database: path)
                return try body(db)
            }
            return reading.isSound ? value : nil
        } catch  where !(error is CancellationError) && !reading.isCurrent {
            return nil
        }
    }

    /// The connections to what is there now; those to what was there end with their last read.
    private func current() throws -> SQLiteReading {
        if let reading, reading.isCurrent { return reading }
        reading = nil
        openings += 1
        let opened = try SQLiteReading(path: path)
        reading = opened
        return opened
    }
}

extension SQLiteCandleReader {
    package func change(within limit: Duration) async throws -> Bool {
        var waited = Duration.zero
        while try await !hasChanged() {
            if waited >= limit { return false }
            let pause = min(Self.pause, limit - waited)
            try await clock.sleep(for: pause)
            waited += pause
        }
        return true
    }

    private func hasChanged() async throws -> Bool {
        do {
            let reading = try current()
            let opening = openings
            let mark = Mark(opening: opening, dataVersion: try await reading.dataVersion())
            defer { seen = mark }
            return mark != seen
        } catch let error as CancellationError {
            throw error
        } catch {
            seen = nil
            throw StorageFault(error, path: path)
        }
    }
}
