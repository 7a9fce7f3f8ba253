import Candles
import Foundation
import Postgres

/// What a restore writes as the comment of the database that it replaced: only what has it is ours to give back or to drop.
struct ReplacedMark: Sendable, Equatable, Codable {
    /// Of the installation whose restore it was.
    let installation: String
    /// The name that the database had.
    let database: String
    /// The oid of the database that took its place: as long as that has the name, this is the way back.
    let by: String
    /// When it was replaced, ISO 8601.
    let replacedAt: String
    /// The comment that a person had given it.
    let comment: String?

    private static let start = "cryptotrader replaced this database in a restore: "

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Self.start + json
    }

    init(installation: String, database: String, by oid: String, at time: UnixMilliseconds, comment: String?) {
        (self.installation, self.database, by) = (installation, database, oid)
        (replacedAt, self.comment) = (time.iso8601, comment)
    }

    /// Nil for any comment that this program did not write.
    init?(_ comment: String?) {
        guard let comment, comment.hasPrefix(Self.start),
            let mark = try? JSONDecoder().decode(Self.self, from: Data(comment.dropFirst(Self.start.count).utf8))
        else { return nil }
        self = mark
    }

    /// The statement that gives a database this comment, or takes it away.
    static func sql(_ text: String?, on database: String) -> String {
        let literal = text.map { " E'" + $0.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'" } ?? "NULL"
        return "COMMENT ON DATABASE \(PostgresName.quoted(database)) IS \(literal)"
    }
}

/// A database that a restore of this installation replaced.
struct ReplacedDatabase: Sendable {
    let name: ReplacedName
    let mark: ReplacedMark
    /// Whether anybody is connected to it.
    let isInUse: Bool
}

extension PostgresMaintenance {
    /// What `live` was before the restores that this installation can still take back, oldest first.
    ///
    /// A name alone proves nothing: a person may have chosen it.
    func replaced(_ live: String, by installation: String) async throws -> [ReplacedDatabase] {
        try await connection.query(
            """
            SELECT datname, shobj_description(oid, 'pg_database'),
                EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
            FROM pg_database d WHERE starts_with(datname, $1)
            """, [ReplacedName.prefix(of: live)]
        ).rows.compactMap { row in
            guard let database = row[0], let name = ReplacedName(database, of: live), let mark = ReplacedMark(row[1]),
                mark.installation == installation, mark.database == live
            else { return nil }
            return ReplacedDatabase(name: name, mark: mark, isInUse: row[2] != "f")
        }.sorted { $0.name.time < $1.name.time }
    }

    /// What the last restore replaced, whatever clocks said; nil where that restore is not ours, or was of nothing.
    func wayBack(of live: String, by installation: String) async throws -> ReplacedDatabase? {
        let replaced = try await replaced(live, by: installation)
        guard let there = try await facts(of: live) else { return replaced.last }
        return replaced.last { $0.mark.by == there.oid }
    }

    /// All names that `live` may not be given, whoever made them.
    func taken(beside live: String) async throws -> [ReplacedName] {
        try await databases(beginning: ReplacedName.prefix(of: live)).compactMap { ReplacedName($0, of: live) }
    }

    /// What a person wrote about a database.
    func comment(on database: String) async throws -> String? {
        let sql = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1"
        return try await connection.query(sql, [database]).rows.first?.first ?? nil
    }

    /// Drops a database unless somebody is connected to it.
    ///
    /// - Returns: Whether it is gone.
    func dropUnused(_ database: String) async throws -> Bool {
        do {
            try await connection.query("DROP DATABASE \(PostgresName.quoted(database))", deadline: .seconds(600))
            return true
        } catch let fault as PostgresFault where fault.sqlstate == "55006" {
            return false
        }
    }
}
