import Candles
import Foundation
import GRDB
import Resilience
import SQLiteRows

/// The rows of one breaker within one transaction.
struct BreakerTable {
    private static let memory: Int64 = 90 * 86_400_000

    let db: Database
    let name: String
    let boot: String

    /// As much as the healthy case needs.
    struct Summary: Sendable {
        var boot: String
        var phase = CircuitBreakerPhase.closed
        var generation: Int64 = 0
        var settled = false
    }

    func summary() throws -> Summary {
        let select = try db.cachedStatement(
            sql: "SELECT boot, phase, generation, settled FROM breakers WHERE name = ?")
        guard let row = try Row.fetchOne(select, arguments: [name]) else { return Summary(boot: boot) }
        let phase = CircuitBreakerPhase(rawValue: row[1]) ?? .open
        return Summary(boot: row[0], phase: phase, generation: row[2], settled: row[3])
    }

    /// The state; one of another boot is forgotten, unless a person had set it.
    func load() throws -> (state: CircuitBreakerState, events: [CircuitBreakerEvent]) {
        let select = try db.cachedStatement(sql: "SELECT boot, state FROM breakers WHERE name = ?")
        guard let row = try Row.fetchOne(select, arguments: [name]) else {
            return (CircuitBreakerState(), [])
        }
        let text: String = row[1]
        var state = try JSONDecoder().decode(CircuitBreakerState.self, from: Data(text.utf8))
        let isOld = row[0] != boot && state.phase != .forcedOpen && state.phase != .disabled
        let events = isOld ? state.reset(at: 0) : []
        return (state, events)
    }

    func save(_ state: CircuitBreakerState, settled: Bool) throws {
        let text = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO breakers(name, boot, phase, generation, settled, state) VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [name, boot, state.phase.rawValue, state.generation, settled, text])
    }

    func add(_ count: Int, to total: BreakerTotal) throws {
        if count == 0 { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO breaker_totals(name, kind, count) VALUES (?, ?, ?)
                ON CONFLICT(name, kind) DO UPDATE SET count = count + excluded.count
                """
        ).execute(arguments: [name, total.rawValue, count])
    }

    /// Counts all events, and writes those down that tell of a change.
    ///
    /// `ages` is the time by which what is older is forgotten, see `ClockTable`.
    func note(
        _ events: [CircuitBreakerEvent], at now: UnixMilliseconds, ages: () throws -> UnixMilliseconds
    ) throws {
        for event in events {
            if let total = BreakerTotal(event) { try add(1, to: total) }
            guard let (kind, detail) = event.entry else { continue }
            try db.execute(sql: "DELETE FROM breaker_events WHERE at < ?", arguments: [try ages() - Self.memory])
            try db.execute(
                sql: "INSERT INTO breaker_events(name, at, kind, detail) VALUES (?, ?, ?, ?)",
                arguments: [name, now, kind, detail])
        }
    }

    func totals() throws -> [BreakerTotal: Int] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT kind, count FROM breaker_totals WHERE name = ?", arguments: [name])
        var totals: [BreakerTotal: Int] = [:]
        for row in rows {
            if let total = BreakerTotal(rawValue: row[0]) { totals[total] = row[1] }
        }
        return totals
    }

    func events(limit: Int = 100) throws -> [BreakerEventRow] {
        try Row.fetchAll(
            db,
            sql: "SELECT at, kind, detail FROM breaker_events WHERE name = ? ORDER BY id DESC LIMIT ?",
            arguments: [name, limit]
        ).map { BreakerEventRow(at: $0[0], kind: $0[1], detail: $0[2]) }
    }
}

extension CircuitBreakerEvent {
    /// How it is written down; nil for what is only counted.
    fileprivate var entry: (kind: String, detail: String?)? {
        switch self {
        case .transition(let from, let to): (to.rawValue, "from \(from.rawValue)")
        case .reset: ("reset", nil)
        case .failuresInARow(let count): ("failures-in-a-row", "\(count)")
        case .failureRateExceeded(let rate): ("failure-rate-exceeded", "\(rate)")
        case .slowCallRateExceeded(let rate): ("slow-call-rate-exceeded", "\(rate)")
        case .success, .failure, .slowSuccess, .slowFailure, .ignored, .stale, .notPermitted: nil
        }
    }
}
