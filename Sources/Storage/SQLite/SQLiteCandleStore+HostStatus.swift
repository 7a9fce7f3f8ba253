package import Candles
import GRDB

extension SQLiteCandleStore {
    package func publish(status document: String, of host: String, at time: UnixMilliseconds) async throws {
        try await write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO host_status(host, at, document) VALUES (?, ?, ?)",
                arguments: [host, time, document])
        }
    }

    package func hostStatuses() async throws -> [HostStatus] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT host, at, document FROM host_status ORDER BY host")
                .map { HostStatus(host: $0[0], at: $0[1], document: $0[2]) }
        }
    }
}
