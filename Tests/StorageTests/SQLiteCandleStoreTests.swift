import Candles
import Foundation
import Resilience
import Storage
import TestSupport
import Testing

/// What only a file can do wrong.
@Suite("SQLiteCandleStore", .timeLimit(.minutes(2))) struct SQLiteCandleStoreTests {
    private let folder: ScratchFolder
    private var path: String { folder.path("candles.db") }
    private var database: ScratchDatabase { ScratchDatabase(location: .sqlite(path: path), folder: folder) }

    init() throws { folder = try ScratchFolder() }

    @Test func `the folder of a new database is made`() async throws {
        let store = try SQLiteCandleStore(path: folder.path("a/b/c.db"))
        #expect(try await store.overview(now: minute(0)).isEmpty)
        await store.close()
        #expect(FileManager.default.fileExists(atPath: folder.path("a/b/c.db")))
    }

    @Test func `a full disk loses no page that was stored, and writing goes on once there is room`() async throws {
        let narrow = try SQLiteCandleStore(path: path, pageLimit: 60)
        let series = try await narrow.track(.sample(), from: minute(0))
        var stored: Int64 = 0
        var fault: StorageFault?
        while fault == nil, stored < 100 {
            do {
                _ = try await narrow.store(.full(stored * 300, stored * 300 + 300), of: series)
                stored += 1
            } catch let error as StorageFault {
                fault = error
            }
        }
        #expect(fault?.code == "storage-full")
        #expect(fault?.disposition == .healable)
        #expect(stored > 2)
        let kept = minutes(0, stored * 300)
        #expect(try await narrow.coverage(of: series).ranges == [kept])
        #expect(try await narrow.everything(of: series).count == Int(stored) * 300)
        #expect(try await narrow.overview(now: kept.end) == [scan(database, series, at: kept.end)])
        await narrow.close()

        let wide = try SQLiteCandleStore(path: path)
        let page = ProvenPage.full(stored * 300, stored * 300 + 300)
        #expect(try await wide.store(page, of: series) == StoredPage(written: 300, revised: 0, suspect: 0))
        #expect(try await wide.coverage(of: series).ranges == [minutes(0, (stored + 1) * 300)])
        await wide.close()
    }

    @Test(arguments: ["no database at all", String(repeating: "SQLite format 2", count: 500)])
    func `a file that is no database is named as such and left alone`(content: String) async throws {
        try Data(content.utf8).write(to: URL(filePath: path))
        let fault = #expect(throws: StorageFault.self) { try SQLiteCandleStore(path: path) }
        #expect(fault?.code == "database-not-sqlite")
        #expect(fault?.summary.contains(path) == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
    }

    @Test func `a folder that cannot be made is named`() throws {
        try Data().write(to: folder.url.appending(path: "file"))
        let fault = #expect(throws: StorageFault.self) { try SQLiteCandleStore(path: folder.path("file/candles.db")) }
        #expect(fault?.code == "database-cannot-open")
    }

    @Test func `a folder in place of the file is told`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let fault = #expect(throws: StorageFault.self) { try SQLiteCandleStore(path: path) }
        #expect(fault?.code == "database-cannot-open")
    }

    @Test func `a value that is no number leaves nothing behind`() async throws {
        let store = try SQLiteCandleStore(path: path)
        let series = try await store.track(.sample(), from: minute(0))
        let page = ProvenPage.final([.at(0), .at(1, price: .nan), .at(2)], proving: minutes(0, 3))
        await #expect(throws: StorageFault.self) { try await store.store(page, of: series) }
        #expect(try await store.everything(of: series).isEmpty)
        #expect(try await store.coverage(of: series).isEmpty)
        #expect(try await store.store(.full(0, 3), of: series).written == 3)
        await store.close()
    }

    @Test func `the database answers to the name of its file, wherever it is named from`() async throws {
        let store = try SQLiteCandleStore(path: folder.path("x/../candles.db"))
        #expect(store.identity == "sqlite:\(path)")
        await store.close()
    }
}
