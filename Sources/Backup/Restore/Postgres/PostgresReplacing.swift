import Candles
import Foundation
package import Postgres
import Resilience

/// What took the live database's place, for a look at it afterwards.
package struct Replacement: Sendable {
    /// The name that it had.
    package let scratch: String
    let oid: String
    let tables: [String]

    /// - Throws: What keeps the live database from being what was restored.
    package func check(_ live: PostgresSettings) async throws {
        let connection = PostgresConnection(live)
        try await connection.connect()
        let found = try await connection.query("SELECT oid FROM pg_database WHERE datname = current_database()").rows
        await connection.close()
        let missing = Set(tables).subtracting(try await PostgresTableSums(settings: live).names())
        guard found.first?.first == oid, missing.isEmpty else {
            throw PostgresFault.server(
                sqlstate: "3D000", message: "\(live.database) is not the database that was restored", sql: nil)
        }
    }
}

/// The last step of a restore: the scratch database takes the live one's name, and gives it back where that fails.
struct PostgresReplacing {
    let target: PostgresRestoreTarget
    let scratch: ScratchDatabase

    private var live: String { target.name }
    private var maintenance: PostgresMaintenance { scratch.maintenance }
    private var swap: PostgresSwap { PostgresSwap(maintenance: maintenance, live: target.settings) }

    /// - Throws: `RestoreFault.rolledBack`, `.notRolledBack`; `CancellationError` as long as nothing was renamed.
    func run() async throws {
        let replacement: Replacement
        let there: [PostgresSwap.Renaming]
        do {
            there = try await renamings()
            replacement = Replacement(
                scratch: scratch.name,
                oid: try await maintenance.facts(of: scratch.name)?.oid ?? "",
                tables: try await PostgresTableSums(settings: scratch.settings).names())
            try await rename(there, replacement)
        } catch let fault as RestoreFault {
            throw fault
        } catch {
            await scratch.drop()
            throw error is CancellationError ? error : target.rolledBack(by: error)
        }
        try await lookOrGoBack(there, replacement)
        await maintenance.connection.close()
    }

    /// What the live database was keeps its name with a mark, and the restored one gets its comment, in one transaction.
    private func renamings() async throws -> [PostgresSwap.Renaming] {
        guard try await maintenance.exists(live) else { return [.init(from: scratch.name, to: live)] }
        let now = target.now()
        let kept = target.freeName(now, beside: try await maintenance.taken(beside: live))
        let comment = try await maintenance.comment(on: live)
        let mark = ReplacedMark(
            installation: target.installation, database: live,
            by: try await maintenance.facts(of: scratch.name)?.oid ?? "", at: now, comment: comment)
        return [
            .init(from: live, to: kept, comment: mark.text, before: comment),
            .init(from: scratch.name, to: live, comment: comment, before: nil),
        ]
    }

    /// A connection that breaks at COMMIT leaves open what happened: the new names tell.
    private func rename(_ renamings: [PostgresSwap.Renaming], _ replacement: Replacement) async throws {
        do {
            try await swap.rename(renamings)
        } catch PostgresFault.lost(let reason) {
            let isDone: Bool
            do {
                try await maintenance.reconnect()
                isDone = try await maintenance.facts(of: live)?.oid == replacement.oid
            } catch {
                throw notRolledBack(renamings, cause: reason)
            }
            if !isDone { throw PostgresFault.lost(reason: reason) }
        }
    }

    /// From here on the restored database is the live one, so a cancellation comes too late.
    private func lookOrGoBack(_ there: [PostgresSwap.Renaming], _ replacement: Replacement) async throws {
        do {
            try await target.look(target.settings, replacement)
        } catch is CancellationError {
            return
        } catch {
            let cause = target.rolledBack(by: error)
            do {
                if await !maintenance.connection.isConnected { try await maintenance.reconnect() }
                try await swap.rename(Self.back(there))
            } catch {
                throw notRolledBack(there, cause: "\(cause.cause); \((error as? any Fault)?.summary ?? "\(error)")")
            }
            await scratch.drop()
            throw cause
        }
    }

    private static func back(_ there: [PostgresSwap.Renaming]) -> [PostgresSwap.Renaming] {
        there.reversed().map { PostgresSwap.Renaming(from: $0.to, to: $0.from, comment: $0.before, before: nil) }
    }

    private func notRolledBack(_ there: [PostgresSwap.Renaming], cause: String) -> RestoreFault {
        let settings = maintenance.connection.settings
        let host = settings.environment["PGHOSTADDR"] ?? settings.environment["PGHOST"]
        let place =
            (host.map { "-h \(SQLiteOverwrite.shell($0)) " } ?? "")
            + "-p \(settings.port) -U \(SQLiteOverwrite.shell(settings.user)) -d \(settings.database)"
        let statements = ["BEGIN"] + Self.back(there).flatMap(\.sql) + ["COMMIT"]
        return .notRolledBack(
            database: target.database, cause: cause,
            commands: [
                "psql -X -v ON_ERROR_STOP=1 \(place) "
                    + statements.map { "-c \(SQLiteOverwrite.shell($0))" }.joined(separator: " ")
            ])
    }

}

extension RestoreFault {
    /// What went wrong, without what it means for the database.
    var cause: String {
        switch self {
        case .rolledBack(_, let cause), .notRolledBack(_, let cause, _): cause
        default: summary
        }
    }
}

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
