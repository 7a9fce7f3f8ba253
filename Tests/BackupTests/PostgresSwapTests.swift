import Backup
import NIOConcurrencyHelpers
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresSwapTests {
    /// A session that asks again and again, and connects again whenever it is thrown out; gives how often.
    private static func ask(_ settings: PostgresSettings, until isOver: NIOLockedValueBox<Bool>) async throws -> Int {
        var connections = 0
        while !isOver.withLockedValue({ $0 }) {
            let connection = PostgresConnection(settings)
            do {
                try await connection.connect()
                connections += 1
                while !isOver.withLockedValue({ $0 }) { try await connection.query("SELECT count(*) FROM t") }
            } catch is PostgresFault {
                continue
            }
        }
        return connections
    }

    @Test func `ten sessions that connect again at once do not keep the databases from changing names`() async throws {
        let place = try await RestorePlace(cluster: .own())
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t WHERE id > 3")
        let isOver = NIOLockedValueBox(false)
        let connections = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await Self.ask(place.settings, until: isOver) } }
            for _ in 0..<3 { try await place.restore(archive) }
            #expect(try await place.target(at: RestorePlace.noon + 5000).swapBack())
            isOver.withLockedValue { $0 = true }
            return try await group.reduce(0, +)
        }
        #expect(connections >= 50)
        #expect(try await place.rows() == 1000)
        #expect(try await place.replaced().count == 1)
    }

    @Test func `a second restore keeps one earlier database, and undo goes back and forth`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t WHERE id > 1")
        try await place.restore(archive, place.target())
        try await place.execute("DELETE FROM t WHERE id > 2")
        try await place.restore(archive, place.target(at: RestorePlace.noon + 60_000))
        #expect(try await place.replaced() == ["\(place.settings.database)_pre_20260921_141420"])
        for expected in [2, 1000, 2] {
            #expect(try await place.target(at: RestorePlace.noon + 120_000).swapBack())
            #expect(try await place.rows() == expected)
        }
        #expect(try await place.replaced().count == 1)
    }

    @Test func `an earlier database goes after a week, unless it is all that there is`() async throws {
        let place = try await RestorePlace()
        try await place.restore(place.archive())
        let earlier = try await place.replaced()
        let week: Int64 = 7 * 86_400_000
        #expect(try await place.target(at: RestorePlace.noon + week).clean(forgetsReplaced: true) == [])
        let maintenance = place.settings.naming(database: "postgres")
        try await RestorePlace.run(
            "ALTER DATABASE \(place.settings.database) RENAME TO away_\(place.settings.database)", maintenance)
        #expect(try await place.target(at: RestorePlace.noon + week + 1).clean(forgetsReplaced: true) == [])
        try await RestorePlace.run(
            "ALTER DATABASE away_\(place.settings.database) RENAME TO \(place.settings.database)", maintenance)
        #expect(try await place.target(at: RestorePlace.noon + week + 1).clean(forgetsReplaced: true) == earlier)
        #expect(try await place.replaced() == [])
    }

    @Test func `databases of others, and names that are only alike, are left alone`() async throws {
        let place = try await RestorePlace()
        let maintenance = place.settings.naming(database: "postgres")
        let name = place.settings.database
        let alike = [
            "\(name)_pre_", "\(name)_pre_20259999_000000", "\(name)_pre_20200101_000000x",
            "\(name)x_pre_20200101_000000",
        ]
        for other in alike { try await RestorePlace.run("CREATE DATABASE \"\(other)\"", maintenance) }
        #expect(try await place.target().clean(forgetsReplaced: true) == [])
        #expect(try await place.target().swapBack() == false)
    }

    @Test func `a scratch database that is used stays, and one that a killed run left goes`() async throws {
        let place = try await RestorePlace()
        let used = try await ScratchDatabase.create(.verify, like: place.settings)
        #expect(try await place.target().clean(forgetsReplaced: true) == [])
        let left = try await ScratchDatabase.create(.restore, like: place.settings)
        await left.disown()
        #expect(try await place.target().clean(forgetsReplaced: true) == [left.name])
        #expect(try await place.databases(like: "ops\\_%").contains(used.name))
        await used.drop()
        #expect(try await !place.databases(like: "ops\\_%").contains(used.name))
        #expect(try await place.target().clean(forgetsReplaced: true) == [])
    }

    @Test func `a writer elsewhere keeps a restore out`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        let writer = PostgresConnection(place.settings)
        try await writer.connect()
        try await writer.query("SELECT pg_advisory_lock_shared(hashtextextended('cryptotrader writers', 0))")
        let fault = await #expect(throws: StorageFault.self) { try await place.restore(archive) }
        #expect(fault?.code == "database-busy")
        await writer.close()
        try await place.restore(archive)
    }
}
