import Postgres

/// The way to a reader of any kind of database.
package enum CandleReaders {
    /// Opens the database that is there, as it is: nothing is made, migrated or locked.
    ///
    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`, `.cannotOpen`, `.notADatabase`; `PostgresFault`.
    package static func open(
        _ location: DatabaseLocation, clock: any Clock<Duration>
    ) async throws -> any CandleReader {
        switch location {
        case .sqlite(let path): try await SQLiteCandleReader(path: path, clock: clock)
        case .postgres(let settings): try await PostgresCandleReader(settings)
        }
    }
}
