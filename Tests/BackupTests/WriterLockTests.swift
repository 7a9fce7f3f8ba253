import Backup
import Candles
import Foundation
import Journal
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

/// Two hosts, each with a journal of its own, and one database of Postgres.
@Suite(
    "What excludes writers from a restore",
    .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
    .timeLimit(.minutes(2)))
struct WriterLockTests {
    @Test func `a restore by one host keeps out a writer of another, and the other way round`() async throws {
        let place = try await RestorePlace(rows: 1)
        let target = place.target()
        let other = try Journal(folder: place.folder.url.appending(path: "other-host")) { RestorePlace.noon }
        let store = try await PostgresCandleStore(place.settings, clock: ContinuousClock())
        try await target.withoutWriters { () async throws -> Void in
            await #expect(throws: StorageFault.busy(database: store.identity)) {
                try await WriterLock.share(store, journal: other) {
                    try await store.publish(status: "{}", of: "other", at: 0)
                }
            }
        }
        #expect(try await store.hostStatuses().isEmpty)
        try await WriterLock.share(store, journal: other) {
            try await store.publish(status: "{}", of: "other", at: 0)
            await #expect(throws: StorageFault.self) { try await target.withoutWriters {} }
        }
        await store.close()
        try await target.withoutWriters {}
    }
}
