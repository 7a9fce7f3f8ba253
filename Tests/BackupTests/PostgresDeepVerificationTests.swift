import Backup
import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresDeepVerificationTests {
    @Test func `a good backup has no problem, and the live database is not touched`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t")
        #expect(try await PostgresDeepVerification(place.settings).problem(archive) == nil)
        #expect(try await place.rows() == 0)
        #expect(try await place.target().clean() == [])
    }

    @Test(arguments: [
        (filter: "sed 's/^17\\tn17$/17\\tother/'", problem: "t has other values"), ("sed '/^17\\t/d'", "999 rows"),
        ("sed -n 1,50p", "it ends amid the rows"),
        ("cat; echo 'CREATE TABLE public.u ();'", "something follows its end"),
        (beforeTheEnd("CREATE TABLE public.u ();"), "tables that should not be: public.u"),
        (beforeTheEnd("DELETE FROM public.t WHERE id = 5;"), "pg_dump does not write this statement"),
    ])
    func `what is wrong with a backup is said`(filter: String, problem: String) async throws {
        let place = try await RestorePlace()
        let tables = try await PostgresTableSums(settings: place.settings).sums()
        let archive = try PostgresDump.proven(place.dump().archive(through: "{ \(filter); } | gzip"), tables)
        let found = try await PostgresDeepVerification(place.settings).problem(archive)
        #expect(found?.contains(problem) == true, "\(String(describing: found))")
        #expect(try await place.target().clean() == [])
    }

    @Test func `a psql that fails says nothing of the backup, and why it failed`() async throws {
        let place = try await RestorePlace()
        let tables = try await PostgresTableSums(settings: place.settings).sums()
        let archive = try PostgresDump.proven(
            place.dump().archive(through: "sed 's/ADD CONSTRAINT/ADD NONSENSE/' | gzip"), tables)
        let fault = await #expect(throws: BackupFault.self) {
            _ = try await PostgresDeepVerification(place.settings).problem(archive)
        }
        #expect(fault?.code == "program-failed")
        #expect(fault?.summary.contains("ERROR:  syntax error") == true)
        #expect(try await place.target().clean() == [])
    }

    private static func beforeTheEnd(_ sql: String) -> String {
        "sed 's/^-- PostgreSQL database dump complete$/\(sql)\\n&/'"
    }

    @Test func `where there is no live database it is tried in the cluster all the same`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        let settings = place.settings.naming(database: "not there")
        #expect(try await PostgresDeepVerification(settings).problem(archive) == nil)
    }

    @Test func `a server that is not there is no problem of the backup`() async throws {
        let cluster = try await ScratchPostgres.own()
        let place = try await RestorePlace(cluster: cluster)
        let archive = try await place.archive()
        try await cluster.stop()
        let fault = await #expect(throws: PostgresFault.self) {
            _ = try await PostgresDeepVerification(place.settings).problem(archive)
        }
        #expect(fault?.code == "database-unreachable")
    }
}
