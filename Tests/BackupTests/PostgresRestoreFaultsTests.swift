import Backup
import Foundation
import Journal
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresRestoreFaultsTests {
    /// A place whose archive waits for ever in the middle of its load.
    private func waiting(_ cluster: ScratchPostgres) async throws -> (RestorePlace, RestoreArchive) {
        let place = try await RestorePlace(rows: 20_000, cluster: cluster)
        let filter = "sed 's/^ALTER TABLE ONLY.*/\(Self.slow)\\n&/' | gzip"
        return (place, try place.dump().archive(through: filter))
    }

    private static let slow =
        "CREATE TABLE public.slow (a int, b text DEFAULT pg_sleep(3600)::text);\\nINSERT INTO public.slow VALUES (1);"

    /// Runs `body` while a restore waits in the middle of its load; gives how the restore ended.
    private func duringLoad(
        _ place: RestorePlace, _ archive: RestoreArchive, cancelling: Bool = false, _ body: () async throws -> Void
    ) async throws -> (any Error)? {
        try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    try await place.restore(archive)
                    return nil
                } catch {
                    return error
                }
            }
            try await place.waitForLoad()
            try await body()
            if cancelling { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    @Test func `readers go on while a restore loads, writers are kept out, and a cancellation leaves nothing`()
        async throws
    {
        let (place, archive) = try await waiting(ScratchPostgres.own())
        let ending = try await duringLoad(place, archive, cancelling: true) { () async throws in
            #expect(try await place.rows() == 20_000)
            let lock = "SELECT pg_try_advisory_lock_shared(hashtextextended('cryptotrader writers', 0))"
            #expect(try await place.execute(lock) == [["f"]])
            #expect(throws: JournalFault.self) {
                try place.journal.lock("writers postgres:\(place.settings.identity)", exclusive: false)
            }
            await #expect(throws: JournalFault.self) { try await place.restore(archive) }
            #expect(try await place.target().clean() == [])
        }
        #expect(ending is CancellationError, "\(String(describing: ending))")
        #expect(try await place.databases(like: "ops\\_%") == [])
        #expect(try await place.rows() == 20_000)
        let lock = try place.journal.lock("writers postgres:\(place.settings.identity)", exclusive: false)
        lock.release()
    }

    @Test func `a psql that is killed leaves the database as it was`() async throws {
        let cluster = try await ScratchPostgres.own()
        let (place, archive) = try await waiting(cluster)
        let ending = try await duringLoad(place, archive) {
            for process in try Self.processes(of: cluster) { kill(process, SIGKILL) }
        }
        #expect((ending as? RestoreFault)?.code == "restore-rolled-back", "\(String(describing: ending))")
        #expect(try await place.databases(like: "ops\\_%") == [])
        #expect(try await place.rows() == 20_000)
    }

    /// The `psql` processes that are connected to this cluster.
    private static func processes(of cluster: ScratchPostgres) throws -> [pid_t] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter { process in
            let name = FileManager.default.contents(atPath: "/proc/\(process)/comm") ?? Data()
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
            return name == Data("psql\n".utf8) && environment.range(of: Data(cluster.folder.utf8)) != nil
        }
    }

    @Test func `a server that crashes in the middle keeps the database, and the next run cleans up`() async throws {
        let cluster = try await ScratchPostgres.own()
        let (place, archive) = try await waiting(cluster)
        let ending = try await duringLoad(place, archive) {
            try await place.checkpoint()
            try await cluster.crash()
        }
        #expect((ending as? RestoreFault)?.code == "restore-rolled-back", "\(String(describing: ending))")
        try await cluster.start()
        let left = try await place.databases(like: "ops\\_%")
        #expect(left.count == 1)
        #expect(try await place.target().clean() == left)
        #expect(try await place.databases(like: "ops\\_%") == [])
        #expect(try await place.rows() == 20_000)
    }

    @Test func `an error at the beginning of a large dump is said, not the pipe that broke`() async throws {
        let place = try await RestorePlace(rows: 200_000)
        let archive = try place.dump().archive(through: "sed '1i ALTER TABLE nonsense ADD a int;' | gzip -1")
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive) }
        #expect(fault?.summary.contains("ERROR:  relation \"nonsense\" does not exist") == true)
    }

    @Test func `a restore without psql touches nothing`() async throws {
        let place = try await RestorePlace()
        let target = place.target(programs: PostgresPrograms(path: place.folder.path, installations: nil))
        let archive = try await place.archive()
        let fault = await #expect(throws: BackupFault.self) { try await place.restore(archive, target) }
        #expect(fault?.code == "program-missing")
        #expect(try await place.target().clean() == [])
    }

    @Test func `a server that is not there is said as itself`() async throws {
        let cluster = try await ScratchPostgres.own()
        let place = try await RestorePlace(cluster: cluster)
        let archive = try await place.archive()
        try await cluster.stop()
        for work in [
            { _ = try await place.target().contents() }, { try await place.restore(archive) },
            { _ = try await place.target().clean() }, { _ = try await place.target().swapBack() },
        ] as [() async throws -> Void] {
            let fault = await #expect(throws: PostgresFault.self) { try await work() }
            #expect(fault?.code == "database-unreachable")
        }
    }

    @Test func `a database that does not look right after the swap is swapped back`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t")
        let target = place.target { _, _ in throw PostgresFault.readOnly(message: "look") }
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive, target) }
        #expect(fault?.code == "restore-rolled-back")
        #expect(fault?.summary.contains("look") == true)
        #expect(try await place.rows() == 0)
        #expect(try await place.replaced() == [])
        #expect(try await place.target().clean() == [])
    }

    @Test func `where swapping back fails too, the commands are printed, and they work`() async throws {
        let place = try await RestorePlace(database: "it's \"here\" \(UUID().uuidString.prefix(6))")
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t")
        let maintenance = place.settings.naming(database: "postgres")
        let blocker = PostgresConnection(maintenance)
        try await blocker.connect()
        let target = place.target { _, replacement in
            // A name that is in the way of the restored database.
            try await blocker.execute(script: "CREATE DATABASE \(replacement.scratch)")
            throw PostgresFault.readOnly(message: replacement.scratch)
        }
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive, target) }
        guard case .notRolledBack(_, let cause, let commands) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(try await place.rows() == 1000)
        let scratch = try #require(cause.firstMatch(of: /ops_restore_\w+/)).output
        try await blocker.execute(script: "DROP DATABASE \(scratch)")
        for command in commands { try PostgresDump.shell(command + " > /dev/null") }
        #expect(try await place.rows() == 0)
    }
}

extension RestorePlace {
    /// Waits, in the server, until a session sleeps in a scratch database of the cluster.
    func waitForLoad() async throws {
        try await Self.run(
            """
            DO $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname LIKE 'ops\\_%' AND wait_event = 'PgSleep')
                LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP;
            END $$
            """, settings.naming(database: "postgres"))
    }

    /// A crash of a cluster that never waits for the disk keeps what a checkpoint wrote.
    func checkpoint() async throws { try await Self.run("CHECKPOINT", settings.naming(database: "postgres")) }
}
