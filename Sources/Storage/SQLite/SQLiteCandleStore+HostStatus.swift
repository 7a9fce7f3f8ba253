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
        try await read { try $0.hostStatuses() }
    }
}
