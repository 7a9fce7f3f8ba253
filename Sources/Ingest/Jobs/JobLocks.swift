package import Candles
package import Journal
package import Storage

/// Keeps jobs of one kind on one series apart, on this host and between machines, and all of them out of a restore.
package struct JobLocks {
    private let journal: Journal
    private let store: any DatabaseLocks

    package init(journal: Journal, store: any DatabaseLocks) {
        self.journal = journal
        self.store = store
    }

    /// - Throws: `JournalFault.busy`, `IngestFault.seriesBusy`.
    package func hold<T>(_ job: JobKind, _ series: Series, _ body: () async throws -> T) async throws -> T {
        try await hold(job, [series], body)
    }

    /// - Throws: `JournalFault.busy`, `IngestFault.seriesBusy`.
    package func hold<T>(_ job: JobKind, _ series: [Series], _ body: () async throws -> T) async throws -> T {
        let mine = try series.map { try journal.lock("\(job.name) \($0) \(store.identity)") }
        defer { for lock in mine { lock.release() } }
        do {
            return try await WriterLock.share(store, journal: journal) {
                for series in series {
                    guard try await store.lock("cryptotrader \(job.name) \(series)", shared: false) else {
                        throw IngestFault.seriesBusy(series, job: job.name)
                    }
                }
                return try await body()
            }
        } catch StorageFault.busy {
            throw IngestFault.seriesBusy(series[0], job: job.name)
        }
    }
}
