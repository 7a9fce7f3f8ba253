package import Journal

/// What every writer of a database holds while it writes, and what a restore of the database takes for itself: on the host by the
/// journal, and in Postgres, where writers of other hosts see it.
package enum WriterLock {
    /// As it is called in Postgres.
    package static let name = "cryptotrader writers"

    /// Writes as one of several writers.
    ///
    /// - Throws: `JournalFault.busy` during a restore by this host, `StorageFault.busy` during one by another.
    package static func share<T>(
        _ store: any DatabaseLocks, journal: Journal, _ body: () async throws -> T
    ) async throws -> T {
        let lock = try journal.lockWriters(of: store.identity, exclusive: false)
        defer { lock.release() }
        guard try await store.lock(name, shared: true) else { throw StorageFault.busy(database: store.identity) }
        return try await body()
    }
}
