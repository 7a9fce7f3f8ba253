import Candles
import GRDB

/// What an SQLite database says of itself.
enum SQLiteContents {
    /// The user's tables, in the order of their names.
    static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql:
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
    }

    /// Of this program's schema; nil where it is not there.
    static func schemaVersion(_ db: Database) throws -> Int? {
        guard try tables(db).contains("meta") else { return nil }
        return try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'schema_version'")
    }

    /// Tells it from another that takes its place; nil in a database of an older schema, or of somebody else.
    static func databaseID(_ db: Database) throws -> String? {
        guard try tables(db).contains("meta") else { return nil }
        return try? String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'database_id'")
    }

    /// Open time of the newest candle.
    static func newestCandle(_ db: Database) throws -> String? {
        guard try tables(db).contains("series_stats") else { return nil }
        return try Int64.fetchOne(db, sql: "SELECT max(last_open) FROM series_stats")?.iso8601
    }

    /// What acts by itself: triggers, and tables that a module makes up; this program's schema has neither.
    static func foreignObjects(_ db: Database) throws -> [String] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT type, name, tbl_name FROM sqlite_master WHERE type = 'trigger' OR type NOT IN ('table', 'index', 'view') OR sql LIKE 'CREATE VIRTUAL%' ORDER BY name"
        ).map { row in
            let name: String = row["name"] ?? ""
            let plain = String(
                name.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
            let kind: String = row["type"] ?? ""
            return "\(kind == "trigger" ? "trigger" : "virtual \(kind)") \(plain)"
        }
    }

    /// What SQLite finds wrong, or nil; reads all of it.
    static func problem(_ db: Database) throws -> String? {
        let words = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
        if words != ["ok"] { return words.joined(separator: "; ") }
        let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        return orphans == 0 ? nil : "\(orphans) rows refer to rows that are not there"
    }
}
