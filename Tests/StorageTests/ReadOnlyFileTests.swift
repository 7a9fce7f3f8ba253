import Candles
import Foundation
import Storage
import TestSupport
import Testing

/// A database that this user may read and not write.
///
/// Root may write any file, so the write protection is the file system's own flag; where it has none, the case is skipped.
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
        let series = try await store.want(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        await store.close()
        return series
    }

    private func chattr(_ flag: String, _ path: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["chattr", flag, path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Runs `body` while nobody may write to `path`, a file or a folder.
    private func protecting(_ path: String, _ body: () async throws -> Void) async throws {
        let manager = FileManager.default
        let mode = try #require(manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        if geteuid() != 0 {
            try manager.setAttributes([.posixPermissions: mode & 0o555], ofItemAtPath: path)
        } else if try !chattr("+i", path) {
            try Test.cancel("root may write everything here, and the file system knows no immutable files")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        if geteuid() != 0 {
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        } else {
            _ = try chattr("-i", path)
        }
        try result.get()
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
        try await protecting(path) { try await readsAndRefusesToWrite(series) }
    }

    @Test func `so can a file in a folder that is read-only too`() async throws {
        let series = try await fill()
        try await protecting(path) {
            try await protecting(folder.path("data")) { try await readsAndRefusesToWrite(series) }
        }
    }

    @Test func `a read-only database with an older schema is refused`() async throws {
        _ = try await fill()
        try await protecting(path) {
            let later =
                Migration.sqlite + [
                    Migration(version: Migration.sqlite.count + 1, sql: "CREATE TABLE later (id INTEGER)")
                ]
            let fault = #expect(throws: StorageFault.self) { try SQLiteCandleStore(path: path, migrations: later) }
            #expect(fault?.code == "database-read-only")
        }
    }
}
