import Candles
import Postgres

/// Gives databases other names, all in one transaction.
///
/// The first RENAME keeps new sessions out of its database until the transaction ends, and waits up to 5 s for those
/// that are there; another connection ends them meanwhile. So nothing has to be put right where this is killed.
struct PostgresSwap: Sendable {
    struct Renaming: Sendable {
        let from: String
        let to: String
        /// What it is described as afterwards, and was before.
        let comment: String?
        let before: String?

        init(from: String, to: String, comment: String? = nil, before: String? = nil) {
            (self.from, self.to, self.comment, self.before) = (from, to, comment, before)
        }

        var sql: [String] {
            [
                "ALTER DATABASE \(PostgresName.quoted(from)) RENAME TO \(PostgresName.quoted(to))",
                ReplacedMark.sql(comment, on: to),
            ]
        }
    }

    let maintenance: PostgresMaintenance
    /// For the second connection.
    let live: PostgresSettings

    /// - Throws: `PostgresFault`, `CancellationError`; all names are as before, except perhaps after `.lost`.
    func rename(_ renamings: [Renaming]) async throws {
        let other = try await PostgresMaintenance.connect(beside: live)
        let names = renamings.map(\.from)
        try await endSessions(of: names, other)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await maintenance.connection.transaction { connection in
                    for sql in renamings.flatMap(\.sql) { try connection.runQuery(sql) }
                }
                return true
            }
            group.addTask {
                // Where this fails, RENAME fails too and says why.
                while case .some = try? await endSessions(of: names, other) {}
                return false
            }
            defer { group.cancelAll() }
            while try await group.next() == false {}
        }
        await other.connection.close()
    }

    /// Ends every session there that this role may end; RENAME says it where others stay.
    private func endSessions(of databases: [String], _ other: PostgresMaintenance) async throws {
        let sql = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1::text[])
                AND (pg_has_role(usesysid, 'MEMBER') OR pg_has_role('pg_signal_backend', 'MEMBER'))
            """
        let list = databases.map { "\"\($0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }
        do {
            try await other.connection.query(sql, ["{\(list.joined(separator: ","))}"])
        } catch PostgresFault.permissionDenied {
            // RENAME says it.
        }
        try await other.connection.query("SELECT pg_sleep(0.05)")
    }
}

/// Names of databases: quoted for SQL, and made from one another.
enum PostgresName {
    /// Postgres cuts longer ones without a word.
    static let limit = 63

    static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

    /// `name` with a suffix in at most 63 bytes; a long one is cut, and a digest tells it from others.
    static func extended(_ name: String, by suffix: String) -> String {
        if name.utf8.count + suffix.utf8.count <= limit { return name + suffix }
        let digest = digest(of: name)
        var start = name
        while start.utf8.count + digest.utf8.count + 1 + suffix.utf8.count > limit { start.removeLast() }
        return "\(start)_\(digest)\(suffix)"
    }

    /// Eight hexadecimal digits.
    static func digest(of name: String) -> String {
        var digest = RunningDigest()
        digest.update(Array(name.utf8).span)
        return String(digest.finish().prefix(8))
    }
}

/// What a database is called once a restore has replaced it: `NAME_pre_20261121_020000`, the time in UTC.
struct ReplacedName: Sendable, Equatable {
    let database: String
    let time: UnixMilliseconds

    init(of live: String, at time: UnixMilliseconds) {
        self.time = time - time % 1000
        let digits = time.iso8601.filter(\.isNumber)
        database = Self.prefix(of: live) + "\(digits.prefix(8))_\(digits.dropFirst(8).prefix(6))"
    }

    /// Nil for any name that this program would not have given to what `live` was.
    init?(_ database: String, of live: String) {
        let prefix = Self.prefix(of: live)
        let digits = database.dropFirst(prefix.count)
        guard database.hasPrefix(prefix), let time = BackupName(file: "postgres_backup_\(digits).sql.gz")?.time else {
            return nil
        }
        self.init(of: live, at: time)
        guard self.database == database else { return nil }
    }

    static func prefix(of live: String) -> String {
        let digits = "00000000_000000"
        return String(PostgresName.extended(live, by: "_pre_" + digits).dropLast(digits.count))
    }
}
