import Postgres

/// The way to a reader of any kind of database.
package enum CandleReaders {
    /// Opens the database that is there, as it is: nothing is made, migrated or locked.
    ///
    /// `report` is told at each reading of the series that had to be left out of it.
    ///
    /// - Throws: `StorageFault.notThere`, `.schemaOlder`, `.schemaNewer`, `.cannotOpen`, `.notADatabase`; `PostgresFault`.
    package static func open(
        _ location: DatabaseLocation, clock: any Clock<Duration>, report: @escaping UnreadableSeries.Report = { _ in }
    ) async throws -> any CandleReader {
        switch location {
        case .sqlite(let path): try await SQLiteCandleReader(path: path, clock: clock, report: report)
        case .postgres(let settings): try await PostgresCandleReader(settings, report: report)
        }
    }
}
