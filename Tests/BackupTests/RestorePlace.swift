import Backup
import Candles
import Foundation
import Journal
import Postgres
import TestSupport

/// A cluster with a live database that a test restores, and all that a restore takes.
struct RestorePlace {
    let cluster: ScratchPostgres
    let folder: ScratchFolder
    let journal: Journal
    /// Of the live database.
    let url: String
    let settings: PostgresSettings

    static let noon: UnixMilliseconds = 1_790_000_000_000

    /// The live database holds `t` with `rows` rows, and is named as given.
    init(rows: Int = 1000, database: String? = nil, cluster: ScratchPostgres? = nil) async throws {
        let cluster = if let cluster { cluster } else { try await ScratchPostgres.shared() }
        let url = try await cluster.database()
        self.cluster = cluster
        folder = try ScratchFolder()
        journal = try Journal(folder: folder.url.appending(path: "state")) { Self.noon }
        let settings = try PostgresSettings(conninfo: url)
        if let database {
            let quoted = database.replacing("\"", with: "\"\"")
            try await Self.run("CREATE DATABASE \"\(quoted)\"", settings.naming(database: "postgres"))
            let escaped = database.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            self.url = url.replacing(/\/test_\d+$/, with: "/" + escaped)
            self.settings = settings.naming(database: database)
        } else {
            self.url = url
            self.settings = settings
        }
        try await execute(
            "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, \(rows)) i"
        )
    }

    func target(
        at now: UnixMilliseconds = RestorePlace.noon, _ settings: PostgresSettings? = nil,
        programs: PostgresPrograms = PostgresPrograms(), installation: String = "here",
        look: @escaping @Sendable (PostgresSettings, Replacement) async throws -> Void = { try await $1.check($0) }
    ) -> PostgresRestoreTarget {
        PostgresRestoreTarget(
            settings ?? self.settings, programs: programs, journal: journal, installation: installation,
            clock: ManualClock(), now: { now },
            look: look)
    }

    func dump() -> PostgresDump { PostgresDump(folder: folder, url: url) }

    /// A dump of what is live now, with its manifest.
    func archive(_ name: String = "dump.sql.gz") async throws -> RestoreArchive {
        try PostgresDump.proven(dump().archive(name), await PostgresTableSums(settings: settings).sums())
    }

    func restore(_ archive: RestoreArchive, _ target: PostgresRestoreTarget? = nil) async throws {
        let target = target ?? self.target()
        try await target.withoutWriters { try await target.replace(with: archive) { _ in } }
    }

    @discardableResult
    func execute(_ script: String) async throws -> [[String?]] { try await Self.run(script, settings) }

    @discardableResult
    static func run(_ script: String, _ settings: PostgresSettings) async throws -> [[String?]] {
        let connection = PostgresConnection(settings)
        try await connection.connect()
        let rows = try await connection.execute(script: script).rows
        await connection.close()
        return rows
    }

    func rows(of table: String = "t") async throws -> Int {
        Int(try await execute("SELECT count(*) FROM \(table)").first?.first??.description ?? "") ?? -1
    }

    /// The names in the cluster that are like this.
    func databases(like pattern: String) async throws -> [String] {
        try await Self.run(
            "SELECT datname FROM pg_database WHERE datname LIKE '\(pattern)' ORDER BY 1",
            settings.naming(database: "postgres")
        ).compactMap { $0[0] }
    }

    /// What the live database was before restores.
    func replaced() async throws -> [String] { try await databases(like: "\(settings.database)\\_pre\\_%") }
}
