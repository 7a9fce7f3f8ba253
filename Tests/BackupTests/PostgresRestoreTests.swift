import Backup
import Foundation
import Postgres
import Resilience
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(5)))
struct PostgresRestoreTests {
    @Test func `a restored database is what was dumped, and what it was stays beside it`() async throws {
        let place = try await RestorePlace(rows: 5000)
        let archive = try await place.archive()
        let sums = try await PostgresTableSums(settings: place.settings).sums()
        try await place.execute("DELETE FROM t WHERE id > 10; CREATE TABLE later ()")
        try await place.restore(archive)
        #expect(try await PostgresTableSums(settings: place.settings).sums() == sums)
        #expect(try await place.rows() == 5000)
        #expect(
            try await place.execute("SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 't'::regclass") == [
                ["t_pkey"]
            ])
        #expect(try await place.replaced() == ["\(place.settings.database)_pre_20260921_141320"])
        #expect(try await place.target().contents()?.tables == ["public.t": 5000])
        #expect(try await place.target().clean() == [])
    }

    @Test(arguments: ["gzip -6", "gzip -9", "pigz"].filter(PostgresDump.isInstalled))
    func `a file without a manifest restores, whoever compressed it`(filter: String) async throws {
        let place = try await RestorePlace()
        let archive = try place.dump().archive(through: filter)
        try await place.execute("DROP TABLE t")
        try await place.restore(archive)
        #expect(try await place.rows() == 1000)
    }

    @Test(arguments: ["my data", "it's \"quoted\"; --", "UPPER", String(repeating: "x", count: 63), "äöü $a `b`"])
    func `a database of any name is restored, and the restore taken back`(name: String) async throws {
        let place = try await RestorePlace(rows: 50, database: name)
        let archive = try await place.archive()
        try await place.execute("DELETE FROM t")
        try await place.restore(archive)
        #expect(try await place.rows() == 50)
        #expect(try await place.target().swapBack())
        #expect(try await place.rows() == 0)
        #expect(try await place.target(at: RestorePlace.noon + 1_000_000).swapBack())
        #expect(try await place.rows() == 50)
    }

    @Test func `a database that does not exist is made`() async throws {
        let place = try await RestorePlace()
        let archive = try await place.archive()
        try await RestorePlace.run(
            "DROP DATABASE \(place.settings.database)", place.settings.naming(database: "postgres"))
        #expect(try await place.target().contents() == nil)
        try await place.restore(archive)
        #expect(try await place.rows() == 1000)
        #expect(try await place.replaced() == [])
        #expect(try await place.target().swapBack() == false)
    }

    @Test func `a cut archive leaves the database as it was, wherever it is cut`() async throws {
        let place = try await RestorePlace(rows: 20_000)
        let archive = try await place.archive()
        let bytes = try Data(contentsOf: URL(filePath: archive.path))
        try await place.execute("DELETE FROM t WHERE id > 7")
        for percent in stride(from: 0, to: 100, by: 5) {
            let path = place.folder.path("cut-\(percent).gz")
            try bytes.prefix(bytes.count * percent / 100).write(to: URL(filePath: path))
            for manifest in [archive.manifest, nil] {
                await expectRolledBack(place, RestoreArchive(path: path, manifest: manifest))
            }
        }
        #expect(try await place.rows() == 7)
        #expect(try await place.replaced() == [])
        #expect(try await place.target().clean() == [])
    }

    @Test(arguments: [
        "head -c 60000 | gzip", "head -c $(( 1 << 15 )) | gzip",
        "cat > d; (head -c 9000 d | gzip; tail -c +9001 d | gzip)",
        "gzip; printf garbage", "grep -v 'dump complete' | gzip", "sed 's/^17\\tn17$/17\\tchanged/' | gzip",
        "sed '/^17\\t/d' | gzip", "sed 's/ADD CONSTRAINT/ADD NONSENSE/' | gzip", "true", "head -c 0 | gzip",
    ])
    func `a wrong archive leaves the database as it was`(filter: String) async throws {
        let place = try await RestorePlace(rows: 20_000)
        let sums = try await PostgresTableSums(settings: place.settings).sums()
        let good = try await place.archive()
        let path = place.folder.path("wrong.gz")
        try PostgresDump.shell(
            "cd \"$3\"; gunzip < \"$1\" | { \(filter); } > \"$2\" || true", good.path, path, place.folder.path)
        await expectRolledBack(place, RestoreArchive(path: path, manifest: good.manifest))
        if !filter.contains("17") { await expectRolledBack(place, RestoreArchive(path: path, manifest: nil)) }
        #expect(try await PostgresTableSums(settings: place.settings).sums() == sums)
        #expect(try await place.target().clean() == [])
    }

    private func expectRolledBack(_ place: RestorePlace, _ archive: RestoreArchive) async {
        await #expect {
            try await place.restore(archive)
        } throws: {
            if case RestoreFault.rolledBack(_, let cause)? = $0 as? RestoreFault {
                !cause.contains("EPIPE") && !cause.isEmpty
            } else {
                false
            }
        }
    }

    @Test func `what psql refuses is said in its words`() async throws {
        let place = try await RestorePlace()
        let archive = try place.dump().archive(through: "sed 's/ADD CONSTRAINT/ADD NONSENSE/' | gzip")
        let fault = await #expect(throws: RestoreFault.self) { try await place.restore(archive) }
        #expect(
            fault?.summary.contains("psql failed: ERROR:  syntax error at or near") == true,
            "\(String(describing: fault))")
    }
}
