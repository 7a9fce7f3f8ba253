import Candles
import Ingest
import Journal
import Storage

/// Keeps jobs of one kind on one series apart, on this host and between machines, and all of them out of a restore.
struct JobLocks {
    let journal: Journal
    let store: any CandleStore

    /// The name that a restore takes exclusively in Postgres, and every writer shared.
    static let writers = "writers"

    /// - Throws: `JournalFault.busy`, `IngestFault.seriesBusy`.
    func hold<T>(_ job: String, _ series: Series, _ body: () async throws -> T) async throws -> T {
        try await hold(job, [series], body)
    }

    func hold<T>(_ job: String, _ series: [Series], _ body: () async throws -> T) async throws -> T {
        let writing = try journal.lockWriters(of: store.identity, exclusive: false)
        defer { writing.release() }
        let mine = try series.map { try journal.lock("\(job) \($0) \(store.identity)") }
        defer { for lock in mine { lock.release() } }
        let isWriter = try await store.lock("cryptotrader \(Self.writers)", shared: true)
        for series in series {
            guard isWriter, try await store.lock("cryptotrader \(job) \(series)", shared: false) else {
                throw IngestFault.seriesBusy(series, job: job)
            }
        }
        return try await body()
    }
}
