package import Candles
import Foundation
import GRDB
import Resilience
import SQLiteRows

extension Journal {
    /// Every breaker that ever was asked, by name; what another boot left counts as closed, and an open one whose time is over as
    /// half-open.
    package func breakers(
        boot: String = BootIdentity.current, monotonicNow: Int64 = BootIdentity.milliseconds
    ) async throws -> [BreakerSnapshot] {
        try await read { db in
            try String.fetchAll(db, sql: "SELECT name FROM breakers ORDER BY name").map { name in
                let table = BreakerTable(db: db, name: name, boot: boot)
                return BreakerSnapshot(
                    name: name, state: try table.load().state.shown(at: monotonicNow),
                    totals: try table.totals(), events: try table.events())
            }
        }
    }

    /// Closes a breaker and forgets what it knew; false where there is none of this name.
    package func resetBreaker(_ name: String, monotonicNow: Int64, boot: String = BootIdentity.current) async throws
        -> Bool
    {
        try await write { [uptime] db, wall in
            let known = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM breakers WHERE name = ?)", arguments: [name])
            guard known == true else { return false }
            let table = BreakerTable(db: db, name: name, boot: boot)
            var (state, events) = try table.load()
            events += state.reset(at: monotonicNow)
            try table.save(state, settled: false)
            try table.note(events, at: wall) { try ClockTable(db: db, uptime: uptime()).ages(at: wall) }
            return true
        }
    }

    /// Changes of state since an entry of the history, oldest first.
    package func breakerEvents(after id: Int64) async throws -> [BreakerChange] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, name, at, kind FROM breaker_events WHERE id > ? ORDER BY id", arguments: [id]
            ).map { BreakerChange(id: $0[0], name: $0[1], at: $0[2], kind: $0[3]) }
        }
    }

    /// The newest entry of the history; 0 where there is none.
    package func newestBreakerEvent() async throws -> Int64 {
        try await read { db in try Int64.fetchOne(db, sql: "SELECT max(id) FROM breaker_events") ?? 0 }
    }
}

/// One entry of a breaker's history, as `BreakerEventRow` has it, with its place in the order of all.
package struct BreakerChange: Sendable, Equatable {
    package let id: Int64
    package let name: String
    package let at: UnixMilliseconds
    package let kind: String
}
