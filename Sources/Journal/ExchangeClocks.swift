package import Candles
import GRDB
import Resilience
import SQLiteRows

extension Journal {
    /// Notes how far this host's clock was ahead of an exchange's at this moment; negative where it was behind.
    package func noteClock(of exchange: String, ahead milliseconds: Int64) async throws {
        try await write { db, now in
            try db.execute(
                sql: "INSERT OR REPLACE INTO exchange_clocks(exchange, at, ahead) VALUES (?, ?, ?)",
                arguments: [exchange, now, milliseconds])
        }
    }

    /// What was noted of an exchange's clock last; nil where it was never compared.
    package func clock(of exchange: String) async throws -> ClockComparison? {
        try await read { db in
            let select = "SELECT at, ahead FROM exchange_clocks WHERE exchange = ?"
            return try Row.fetchOne(db, sql: select, arguments: [exchange]).map { row in
                let (at, ahead): (Int64, Int64) = (row[0], row[1])
                return ClockComparison(at: at.bounded, ahead: ahead.bounded)
            }
        }
    }
}

extension SharedBudget {
    /// Notes how far this host's clock was ahead of that of the host which the requests go to.
    package func noteClock(ahead milliseconds: Int64) async throws {
        try await journal.noteClock(of: host, ahead: milliseconds)
    }
}

/// How far this host's clock was from an exchange's.
package struct ClockComparison: Sendable, Equatable {
    package let at: UnixMilliseconds
    /// In milliseconds; negative where the host was behind.
    package let ahead: Int64
}
