import Postgres
package import Resilience

/// The one way to a database of either kind.
extension DatabaseLocation {
    /// Opens the database to read and write it, and brings its schema up to date.
    ///
    /// A database with candles needs a `backup` before it is migrated. `retry` and `onOutage` are about a server that goes away.
    ///
    /// - Throws: `StorageFault`, `PostgresFault`.
    package func openStore(
        clock: any Clock<Duration>, retry: RetryPolicy = .quickTransaction(), backup: MigrationBackup = .required,
        onOutage: @escaping @Sendable (any Fault, Duration) -> Void = { _, _ in }
    ) async throws -> any CandleStore {
        switch self {
        case .sqlite(let path): try SQLiteCandleStore(path: path, backup: backup)
        case .postgres(let settings):
            try await PostgresCandleStore(settings, clock: clock, retry: retry, backup: backup, onOutage: onOutage)
        }
    }

    /// Opens the database for `body` alone.
    package func withStore<T: Sendable>(
        clock: any Clock<Duration>, retry: RetryPolicy = .quickTransaction(),
        _ body: (any CandleStore) async throws -> T
    ) async throws -> T {
        let store = try await openStore(clock: clock, retry: retry)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// Opens the database that is there, as it is: nothing is made, migrated or locked.
    ///
    /// `report` is told at each reading of the series that had to be left out of it.
    ///
    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`, `.cannotOpen`, `.notADatabase`; `PostgresFault`.
    package func openReader(
        clock: any Clock<Duration>, report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws -> any CandleReader {
        switch self {
        case .sqlite(let path): try await SQLiteCandleReader(path: path, clock: clock, report: report)
        case .postgres(let settings): try await PostgresCandleReader(settings, report: report)
        }
    }
}
