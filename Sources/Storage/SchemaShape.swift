internal import GRDB
import Postgres

/// The tables and views of one version of the schema with their columns, as the migrations for SQLite make them: Postgres has the same.
struct SchemaShape {
    struct Relation: Equatable {
        /// As a message names it, such as `table`, `view` or `index`.
        var kind: String
        var columns: Set<String>
    }

    let relations: [String: Relation]

    /// - Throws: `DatabaseError`, which the migrations never give.
    init(version: Int, only table: String? = nil) throws {
        let queue = try DatabaseQueue()
        let all = try queue.write { db in
            for step in Migration.sqlite where step.version <= version { try db.execute(sql: step.sql) }
            return try db.relations(named: nil)
        }
        try queue.close()
        relations = all.filter { table == nil || $0.key == table }
    }

    /// The names that the steps after `version` give to tables and views.
    static func names(madeAfter version: Int) throws -> [String] {
        let (before, after) = try (SchemaShape(version: version), SchemaShape(version: .max))
        return Set(after.relations.keys).subtracting(before.relations.keys).sorted()
    }

    /// What keeps a database that says it has this schema from having it, in words.
    func lacks(_ found: [String: Relation]) -> [String] {
        relations.sorted { $0.key < $1.key }.compactMap { name, relation in
            guard let there = found[name] else { return "there is no \(relation.kind) \(name)" }
            if there.kind != relation.kind { return "\(name) is no \(relation.kind), but a \(there.kind)" }
            let missing = relation.columns.subtracting(there.columns).sorted()
            return missing.isEmpty ? nil : "the \(there.kind) \(name) has no \(missing.joined(separator: ", "))"
        }
    }

    /// What stands where ours is to be made, in words.
    static func taken(_ found: [String: Relation]) -> [String] {
        found.sorted { $0.key < $1.key }.map { "the \($1.kind) \($0) is there already" }
    }
}

extension Database {
    /// Tables and views by their names, and indexes where names are given; SQLite does not tell `Series` from `series`.
    func relations(named names: [String]?) throws -> [String: SchemaShape.Relation] {
        var relations: [String: SchemaShape.Relation] = [:]
        let rows = try Row.fetchAll(
            self,
            sql:
                "SELECT type, name FROM sqlite_master WHERE type <> 'trigger' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        for row in rows {
            let (kind, name): (String, String) = (row[0], row[1])
            let ours = names?.first { $0.lowercased() == name.lowercased() } ?? name
            if let names, !names.contains(ours) { continue }
            if names == nil, kind == "index" { continue }
            let columns = try String.fetchSet(self, sql: "SELECT name FROM pragma_table_info(?)", arguments: [name])
            relations[ours] = SchemaShape.Relation(kind: kind, columns: columns)
        }
        return relations
    }

    /// Nil where the tables, or the one that is named, are what the schema version says.
    func foreignness(of database: String, only table: String? = nil) throws -> StorageFault? {
        let shape = try SchemaShape(version: candleSchemaVersion() ?? 0, only: table)
        let lacks = shape.lacks(try relations(named: Array(shape.relations.keys)))
        return lacks.isEmpty ? nil : .notOurs(database: database, problems: lacks)
    }
}

extension DatabaseReader {
    /// What an error means: tables that are not ours, where it is about their names.
    func explained(_ error: any Error, path: String) async -> StorageFault {
        let original = StorageFault(error, path: path)
        guard let error = error as? DatabaseError, error.resultCode == .SQLITE_ERROR else { return original }
        // What cannot be looked at either is told as it was.
        return (try? await read { try $0.foreignness(of: path) }) ?? original
    }
}

/// What the catalog of a Postgres server says; each call is part of the transaction that its caller began.
extension PostgresConnection {
    /// What has one of these names where our own are made, also one of our functions: whatever Postgres would not make ours beside.
    func taken(_ names: [String], functions: Bool) throws -> [String: SchemaShape.Relation] {
        let rows = try runQuery(
            """
            WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
            SELECT relname, \(Self.kind) FROM pg_class c, here WHERE relnamespace = here.oid AND relname = ANY ($1::text[])
            UNION ALL
            SELECT typname, 'type' FROM pg_type, here
            WHERE typnamespace = here.oid AND typrelid = 0 AND typname = ANY ($1::text[])
            UNION ALL
            SELECT proname, 'function' FROM pg_proc, here WHERE pronamespace = here.oid AND $2::bool
                AND (proname, oidvectortypes(proargtypes)) IN
                    (('unix_ms', 'timestamp with time zone'), ('from_unix_ms', 'bigint'))
            """, ["{\(names.joined(separator: ","))}", "\(functions)"]
        ).typedRows
        return try Dictionary(
            rows.map { (try $0.text(0), SchemaShape.Relation(kind: try $0.text(1), columns: [])) }
        ) { first, _ in first }
    }

    /// Nil where the tables, or the one that is named, are what the schema version says.
    func foreignness(of database: String, only table: String? = nil) throws -> StorageFault? {
        let shape = try SchemaShape(version: candleSchemaVersion() ?? 0, only: table)
        let rows = try runQuery(
            """
            SELECT c.relname, \(Self.kind), a.attname
            FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relname = ANY ($1::text[]) AND pg_table_is_visible(c.oid)
            """, ["{\(shape.relations.keys.joined(separator: ","))}"]
        ).typedRows
        var found: [String: SchemaShape.Relation] = [:]
        for row in rows {
            let relation = SchemaShape.Relation(kind: try row.text(1), columns: [])
            found[try row.text(0), default: relation].columns.formUnion(row.fields[2].map { [$0] } ?? [])
        }
        let lacks = shape.lacks(found)
        return lacks.isEmpty ? nil : .notOurs(database: database, problems: lacks)
    }

    /// A transaction whose failure is told as what it comes from, where tables are not ours.
    nonisolated func explaining<T: Sendable>(
        in database: String, _ body: @escaping @Sendable (isolated PostgresConnection) throws -> T
    ) async throws -> T {
        do {
            return try await transaction(body)
        } catch let fault as PostgresFault where fault.concernsTheSchema {
            throw try await transaction { try $0.foreignness(of: database) } ?? fault
        }
    }

    private static let kind = """
        CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index'
            WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'm' THEN 'materialized view' WHEN 'c' THEN 'type'
            ELSE 'foreign table' END
        """
}

extension PostgresFault {
    /// Whether something that a statement names is not there, or is of another kind or type.
    fileprivate var concernsTheSchema: Bool {
        ["42P01", "42703", "42883", "42804", "42809", "22P02"].contains(sqlstate)
    }

    /// Whether something is there already that has the name of what a statement makes.
    var isTaken: Bool { ["42P07", "42710", "42723"].contains(sqlstate) }

    /// In the server's words.
    var message: String {
        if case .server(_, let message, _) = self { return message }
        return summary
    }
}
