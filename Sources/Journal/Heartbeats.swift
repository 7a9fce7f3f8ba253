package import Candles
import Foundation
import GRDB
import SQLiteRows

extension Journal {
    /// Notes that a service of this host does its work.
    package func beat(_ name: String, detail: String? = nil) async throws {
        let pid = ProcessInfo.processInfo.processIdentifier
        try await write { db, now in
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO heartbeats(name, at, pid, detail) VALUES (?, ?, ?, ?)")
                .execute(arguments: [name, now, pid, detail])
        }
    }

    /// Says that a service ended as it was told: it is not missed.
    package func endBeats(of name: String) async throws {
        try await write { db, _ in
            try db.execute(sql: "DELETE FROM heartbeats WHERE name = ?", arguments: [name])
        }
    }

    /// Tries whether the journal takes what it is told, and changes nothing.
    package func probe() async throws {
        try await read { db in
            try db.inTransaction(.immediate) {
                try db.execute(sql: "INSERT OR REPLACE INTO heartbeats(name, at, pid) VALUES ('probe', 0, 0)")
                return .rollback
            }
        }
    }

    /// When each service beat last, by name.
    package func heartbeats() async throws -> [String: UnixMilliseconds] {
        try await read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, at FROM heartbeats")
            // Names that differ in SQLite may be one to Swift.
            return Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: max)
        }
    }

    /// Its last beat; nil where it never beat.
    package func heartbeat(of name: String) async throws -> Heartbeat? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT at, pid, detail FROM heartbeats WHERE name = ?", arguments: [name])
                .map { Heartbeat(at: $0[0], pid: $0[1], detail: $0[2]) }
        }
    }
}

/// That a service did its work.
package struct Heartbeat: Sendable, Equatable {
    package let at: UnixMilliseconds
    package let pid: Int32
    package let detail: String?
}
