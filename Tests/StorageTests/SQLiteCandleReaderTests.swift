import Candles
import Foundation
import Storage
import TestSupport
import Testing

/// What only a file can be: absent, replaced, protected, and left behind by a crash.
@Suite("SQLiteCandleReader", .timeLimit(.minutes(2))) struct SQLiteCandleReaderTests {
    private let folder: ScratchFolder
    private let path: String

    init() throws {
        folder = try ScratchFolder()
        try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: false)
        path = folder.path("data/candles.db")
    }

    private var database: ScratchDatabase { ScratchDatabase(location: .sqlite(path: path), folder: folder) }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("data")).sorted()
    }

    /// A file with so many candles, which no program has open.
    private func fill(_ count: Int64, at path: String? = nil) async throws -> StoredSeries {
        let store = try SQLiteCandleStore(path: path ?? self.path)
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, count), of: series)
        await store.close()
        return series
    }

    /// Runs Python, whose sqlite3 is a writer in another process.
    private func python(_ script: String, killed: Bool = false) async throws {
        let preamble = "import os, signal, sqlite3\ndb = sqlite3.connect('\(path)', isolation_level=None)\n"
        let ending = killed ? "\nos.kill(os.getpid(), signal.SIGKILL)" : ""
        let outcome = try await Command(
            program: URL(filePath: "/usr/bin/env"), arguments: ["python3", "-c", preamble + script + ending],
            environment: ProcessInfo.processInfo.environment
        ).run()
        #expect(outcome.wasKilled == killed, "\(outcome.err)")
    }

    private static func insert(_ index: Int64) -> String {
        "db.execute('INSERT INTO candle VALUES (1, \(minute(index)), 1, 1, 1, 1, 1, 1)')"
    }

    @Test func `where there is no file, none is made, and no folder`() async throws {
        for path in [path, folder.path("none/candles.db")] {
            let fault = await #expect(throws: StorageFault.self) {
                _ = try await SQLiteCandleReader(path: path, clock: ContinuousClock())
            }
            #expect(fault?.code == "database-not-there")
        }
        try Data().write(to: URL(filePath: path))
        let fault = await #expect(throws: StorageFault.self) { _ = try await database.reader() }
        #expect(fault?.code == "database-not-there")
        #expect(try files() == ["candles.db"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["data"])
    }

    @Test func `reading a file that nobody writes makes no file beside it`() async throws {
        let series = try await fill(10)
        let reader = try await database.reader()
        #expect(try await reader.readEverything(of: series) == 10)
        #expect(try files() == ["candles.db"])
        await reader.close()
        #expect(try files() == ["candles.db"])
    }

    @Test func `a file in a folder that it cannot write is read`() async throws {
        let series = try await fill(10)
        try await WriteProtection.protecting(folder.path("data")) {
            try await WriteProtection.protecting(path) {
                let reader = try await database.reader()
                #expect(try await reader.readEverything(of: series) == 10)
                await reader.close()
            }
        }
    }

    @Test(arguments: [false, true])
    func `what a killed writer left in its log is read`(protected: Bool) async throws {
        let series = try await fill(10)
        try await python(Self.insert(10), killed: true)
        #expect(try files() == ["candles.db", "candles.db-shm", "candles.db-wal"])
        func read() async throws {
            let reader = try await database.reader()
            #expect(try await reader.readEverything(of: series) == 11)
            await reader.close()
        }
        if protected { try await WriteProtection.protecting(folder.path("data"), read) } else { try await read() }
    }

    @Test func `a commit of another process is told, and read`() async throws {
        let series = try await fill(10)
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        for index in Int64(10)..<13 {
            async let change = reader.change(within: .seconds(100))
            try await python(Self.insert(index))
            #expect(try await change)
            while try await reader.change(within: .zero) {}
            #expect(try await reader.readEverything(of: series) == Int(index) + 1)
        }
        await reader.close()
    }

    @Test func `a writer in another process is not held up by a reader`() async throws {
        let series = try await fill(10)
        let store = try SQLiteCandleStore(path: path)
        let reader = try await database.reader()
        #expect(try await reader.readEverything(of: series) == 10)
        try await python(
            "db.execute('PRAGMA busy_timeout = 0')\n" + Self.insert(10)
                + "\ndb.execute('PRAGMA wal_checkpoint(TRUNCATE)')")
        #expect(try await reader.readEverything(of: series) == 11)
        await store.close()
        #expect(try await reader.readEverything(of: series) == 11)
        await reader.close()
    }

    @Test(arguments: [false, true])
    func `a file that is deleted is missed, and one made anew is read`(isWritten: Bool) async throws {
        let series = try await fill(10)
        let store = isWritten ? try SQLiteCandleStore(path: path) : nil
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        for file in try files() { try FileManager.default.removeItem(atPath: folder.path("data/\(file)")) }
        for _ in 0..<2 {
            let fault = await #expect(throws: StorageFault.self) { try await reader.tickers() }
            #expect(fault?.code == "database-not-there")
            await #expect(throws: StorageFault.self) { try await reader.change(within: .seconds(60)) }
        }
        #expect(try files().isEmpty)
        await store?.close()
        #expect(try await fill(20) == series)
        #expect(try await reader.change(within: .zero))
        #expect(try await reader.readEverything(of: series) == 20)
        #expect(try await !reader.change(within: .zero))
        await reader.close()
    }

    @Test func `a file that takes another's place is read`() async throws {
        let series = try await fill(10)
        _ = try await fill(20, at: folder.path("data/other.db"))
        let reader = try await database.reader()
        _ = try await reader.change(within: .zero)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: folder.path("data/other.db"), toPath: path)
        #expect(try await reader.change(within: .zero))
        #expect(try await reader.readEverything(of: series) == 20)
        await reader.close()
    }

    @Test func `what is no database is told`() async throws {
        try Data(repeating: 65, count: 8192).write(to: URL(filePath: path))
        let fault = await #expect(throws: StorageFault.self) { _ = try await database.reader() }
        #expect(fault?.code == "database-not-sqlite")
    }

    /// Jobs that come and go take the file through all its states: quiet, with a log, and with one that is removed.
    @Test func `each read is of one state while jobs open, write and close the file`() async throws {
        let series = try await fill(1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for index in Int64(1)..<60 {
                    let store = try SQLiteCandleStore(path: path)
                    _ = try await store.store(.full(index, index + 1), of: series)
                    await store.close()
                }
            }
            group.addTask {
                var last = minute(0)
                while last < minute(59) {
                    let reader = try await database.reader()
                    for _ in 0..<20 {
                        let glance = try #require(try await reader.glances(now: minute(100)).first)
                        let newest = try #require(glance.newest.last?.candle.openTime)
                        #expect(glance.overview.last == newest && glance.provenTo == newest + 60_000)
                        #expect(glance.overview.count == Int((newest - newYear) / 60_000) + 1 && newest >= last)
                        last = newest
                    }
                    await reader.close()
                }
            }
            try await group.waitForAll()
        }
    }
}
