import Candles
import Foundation
import Storage
import TestSupport
import Testing

/// A database that this user may read and not write.
@Suite("SQLiteCandleStore: read-only", .timeLimit(.minutes(1))) struct ReadOnlyFileTests {
    private let folder: ScratchFolder
    private let path: String

    init() throws {
        folder = try ScratchFolder()
        try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: false)
        path = folder.path("data/candles.db")
    }

    private func fill() async throws -> StoredSeries {
        let store = try SQLiteCandleStore(path: path)
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        await store.close()
        return series
    }

    private func readsAndRefusesToWrite(_ series: StoredSeries) async throws {
        let store = try SQLiteCandleStore(path: path)
        #expect(try await store.overview(now: minute(20)).first?.count == 10)
        #expect(try await store.gaps(now: minute(21)).map(\.range) == [minutes(10, 20)])
        let fault = await #expect(throws: StorageFault.self) { try await store.store(.full(5, 15), of: series) }
        #expect(fault?.code == "database-read-only")
        #expect(try await store.everything(of: series).count == 10)
        await store.close()
    }

    @Test func `a read-only file can be looked at, and storing is refused`() async throws {
        let series = try await fill()
        try await WriteProtection.protecting(path) { try await readsAndRefusesToWrite(series) }
    }

    @Test func `so can a file in a folder that is read-only too`() async throws {
        let series = try await fill()
        try await WriteProtection.protecting(path) {
            try await WriteProtection.protecting(folder.path("data")) { try await readsAndRefusesToWrite(series) }
        }
    }

    @Test func `a read-only database with an older schema is refused`() async throws {
        _ = try await fill()
        try await WriteProtection.protecting(path) {
            let later =
                Migration.sqlite + [
                    Migration(version: Migration.sqlite.count + 1, sql: "CREATE TABLE later (id INTEGER)")
                ]
            let fault = #expect(throws: StorageFault.self) { try SQLiteCandleStore(path: path, migrations: later) }
            #expect(fault?.code == "database-read-only")
        }
    }
}
