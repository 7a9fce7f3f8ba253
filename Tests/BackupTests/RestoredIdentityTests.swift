import Backup
import Postgres
import Storage
import TestSupport
import Testing

/// What a job knew of a database does not hold for the one that a restore put in its place.
@Suite("Identity of a restored database", .timeLimit(.minutes(3))) struct RestoredIdentityTests {
    @Test func `a restored SQLite database has an identity of its own, and is what was backed up else`() async throws {
        let stage = try RestoreStage()
        try await stage.fill(20)
        let manifest = try await stage.backUp()
        var seen = [try #require(try stage.value(DatabaseID.select))]
        for change in ["DELETE FROM candle", nil] {
            if let change { try stage.change(change) } else { try stage.shell("rm candles.db") }
            try await stage.replace(with: manifest)
            #expect(try stage.candles() == 20)
            seen.append(try #require(try stage.value(DatabaseID.select)))
        }
        #expect(Set(seen).count == 3, "\(seen)")
    }

    @Test(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"))
    func `a restored Postgres database has an identity of its own, and undo brings the old one`() async throws {
        let place = try await RestorePlace()
        let store = try await PostgresCandleStore(place.settings, clock: ContinuousClock())
        await store.close()
        func identity() async throws -> String {
            try #require(try await place.execute(DatabaseID.select).first?.first ?? nil)
        }
        let first = try await identity()
        try await place.restore(try await place.archive())
        let second = try await identity()
        #expect(first != second && second.count == 32)
        #expect(try await place.target(at: RestorePlace.noon + 1_000_000).swapBack())
        #expect(try await identity() == first)
    }
}
