import Candles
import NIOConcurrencyHelpers
import Postgres
import Storage
import TestSupport
import Testing

@testable import Backup

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
        #expect(try await place.replaced().count == 3)
    }

    @Test func `a second restore keeps both earlier databases, and undo goes back and forth`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t WHERE id > 1")
        try await place.restore(archive, place.target())
        try await place.execute("DELETE FROM t WHERE id > 2")
        try await place.restore(archive, place.target(at: RestorePlace.noon + 60_000))
        #expect(try await place.replaced().last == "\(place.settings.database)_pre_20260921_141420")
        for expected in [2, 1000, 2] {
            #expect(try await place.target(at: RestorePlace.noon + 120_000).swapBack())
            #expect(try await place.rows() == expected)
        }
        #expect(try await place.replaced().count == 2)
    }

    private static let week: Int64 = 7 * 86_400_000

    /// Three good backups that were made once the earlier database was a week old.
    private static let backups = (1...3).map { RestorePlace.noon + week + $0 * 1000 }

    @Test func `an earlier database goes after a week and three good backups, unless it is used or all that there is`()
        async throws
    {
        let place = try await RestorePlace()
        try await place.restore(place.archive())
        let earlier = try await place.replaced()
        func forget(_ backups: [UnixMilliseconds], later: Int64 = 60_000) async throws -> [String] {
            try await place.target(at: RestorePlace.noon + Self.week + later).forgetReplaced(after: backups)
        }
        #expect(try await forget(Self.backups, later: -60_000) == [], "not a week old")
        #expect(try await forget(Array(Self.backups.prefix(2))) == [], "too few backups")
        // A clock that has just jumped: only the backup of this moment is of the time after.
        #expect(
            try await forget([RestorePlace.noon, RestorePlace.noon + 1000 * Self.week], later: 1000 * Self.week) == [])
        let maintenance = place.settings.naming(database: "postgres")
        try await RestorePlace.run(
            "ALTER DATABASE \(place.settings.database) RENAME TO away_\(place.settings.database)", maintenance)
        #expect(try await forget(Self.backups) == [], "all that there is")
        try await RestorePlace.run(
            "ALTER DATABASE away_\(place.settings.database) RENAME TO \(place.settings.database)", maintenance)
        let user = PostgresConnection(place.settings.naming(database: earlier[0]))
        try await user.connect()
        #expect(try await forget(Self.backups) == [], "in use")
        await user.close()
        #expect(try await place.target(installation: "elsewhere").forgetReplaced(after: Self.backups) == [])
        while try await forget(Self.backups) != earlier {}  // The server takes a moment to note that the user is gone.
        #expect(try await place.replaced() == [])
    }

    @Test func `databases of others are left alone and given back to nobody, whatever their names`() async throws {
        let place = try await RestorePlace(cluster: ScratchPostgres.own())
        let maintenance = place.settings.naming(database: "postgres")
        let name = place.settings.database
        let alike = [
            "\(name)_pre_", "\(name)_pre_20259999_000000", "\(name)_pre_20200101_000000x",
            "\(name)_pre_20200101_000000",
            "\(name)x_pre_20200101_000000", "ops_restore_mine", "ops_restore_\(PostgresName.digest(of: name))_mine",
        ]
        for other in alike { try await RestorePlace.run("CREATE DATABASE \"\(other)\"", maintenance) }
        try await RestorePlace.run("COMMENT ON DATABASE \"\(alike[3])\" IS 'mine'", maintenance)
        #expect(try await place.target().clean() == [])
        #expect(try await place.target(at: RestorePlace.noon * 2).forgetReplaced(after: Self.backups) == [])
        #expect(try await place.target().swapBack() == false)
        for other in alike { #expect(try await place.databases(like: other.replacing("_", with: "\\_")) == [other]) }
        // Another installation's restore is not ours to take back.
        try await place.restore(place.archive(), place.target(installation: "elsewhere"))
        #expect(try await place.target().canSwapBack() == false)
        #expect(try await place.target(installation: "elsewhere").swapBack())
        for other in alike.suffix(2) { try await RestorePlace.run("DROP DATABASE \"\(other)\"", maintenance) }
    }

    @Test func `a person's comment stays with the live database, through restores and back`() async throws {
        let place = try await RestorePlace()
        let comment = "it's \\ \"mine\""
        try await place.execute(ReplacedMark.sql(comment, on: place.settings.database))
        let read = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        for _ in 0..<2 {
            try await place.restore(place.archive())
            #expect(try await place.execute(read) == [[comment]])
        }
        #expect(try await place.target().swapBack())
        #expect(try await place.execute(read) == [[comment]])
    }

    @Test func `undo takes what the last restore replaced, also where a clock went back, and nothing of an older one`()
        async throws
    {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t WHERE id > 1")
        try await place.restore(archive, place.target(at: RestorePlace.noon + 1000 * Self.week))
        try await place.execute("DELETE FROM t WHERE id > 2")
        try await place.restore(archive, place.target())
        #expect(try await place.target(at: RestorePlace.noon + 5000).swapBack())
        #expect(try await place.rows() == 2)
        // A database that a person put there replaced nothing.
        let maintenance = place.settings.naming(database: "postgres")
        let name = place.settings.database
        try await RestorePlace.run("DROP DATABASE \(name) WITH (FORCE)", maintenance)
        try await RestorePlace.run("CREATE DATABASE \(name)", maintenance)
        #expect(try await place.target().canSwapBack() == false)
    }

    @Test func `a scratch database that is used stays, and one that a killed run left goes`() async throws {
        let place = try await RestorePlace()
        let used = try await ScratchDatabase.create(.verify, like: place.settings)
        #expect(try await place.target().clean() == [])
        let left = try await ScratchDatabase.create(.restore, like: place.settings)
        await left.disown()
        #expect(try await place.target().clean() == [left.name])
        #expect(try await place.databases(like: "ops\\_%").contains(used.name))
        await used.drop()
        #expect(try await !place.databases(like: "ops\\_%").contains(used.name))
        #expect(try await place.target().clean() == [])
    }

    @Test func `a clean run waits for what the server still does for a killed one`() async throws {
        let place = try await RestorePlace()
        let left = try await ScratchDatabase.create(.restore, like: place.settings)
        async let removed = place.target().clean()
        let watcher = PostgresConnection(place.settings)
        try await watcher.connect()
        let lock = "cryptotrader scratch " + ScratchDatabase.Purpose.restore.prefix(place.settings)
        let waiting = """
            SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                AND (classid::bigint << 32) | objid::bigint = hashtextextended($1, 0)
            """
        while try await watcher.query(waiting, [lock]).rows.isEmpty {}
        await watcher.close()
        await left.disown()
        #expect(try await removed == [left.name])
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
