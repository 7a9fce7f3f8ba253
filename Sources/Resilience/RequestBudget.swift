/// Decides whether one more request may go out to a host that counts requests per minute.
///
/// Times are milliseconds of one clock that all who share the budget read. A slot is held while its request is in flight
/// and for 60 s after its reply ended, so that the host's own window, wherever it begins, never holds more than the limit.
package struct RequestBudget: Sendable, Equatable {
    package static let window: Int64 = 60_000
    /// How long slots stay held back for urgent requests after one was made.
    package static let urgentMemory: Int64 = 300_000

    /// 0 for no limit.
    package let requestsPerMinute: Int

    package init(requestsPerMinute: Int) { self.requestsPerMinute = max(0, requestsPerMinute) }

    /// Slots that backfill leaves free: 3 of 20, and at least one where there are two.
    package var reserve: Int { requestsPerMinute < 2 ? 0 : max(1, requestsPerMinute * 3 / 20) }

    /// What the one who asks may do now.
    ///
    /// `caller`: The one who asks; `order` is `Int64.max` for one that has not waited yet.
    package func decide(
        for caller: Waiter, usage: Usage, ban: RequestBan?, at now: Int64
    ) -> Decision {
        if let ban, now < ban.until { return .wait(until: ban.until, because: .banned) }
        if let lease = ban?.probeUntil, now < lease { return .wait(until: lease, because: .probing) }
        if requestsPerMinute > 0, let due = due(for: caller, usage: usage, at: now) {
            return .wait(until: due, because: .window)
        }
        return ban == nil ? .go : .probe
    }

    /// The earliest time at which a slot can be the caller's, or nil if one is now.
    private func due(for caller: Waiter, usage: Usage, at now: Int64) -> Int64? {
        let releases = usage.endedAt.map { $0.plus(Self.window) }.filter { now < $0 }.sorted()
        let ahead = usage.waiters.count { $0.precedes(caller) }
        let taken = usage.inFlight.plus(releases.count).plus(ahead)
        let reserveEnds = reserveEnd(for: caller.priority, usage: usage, at: now)
        let limit = requestsPerMinute - (reserveEnds == nil ? 0 : reserve)
        let missing = taken.plus(1).minus(limit)
        if missing <= 0 { return nil }
        let release = missing <= releases.count ? releases[missing - 1] : now + Self.window
        return min(release, reserveEnds ?? release)
    }

    private func reserveEnd(for priority: RequestPriority, usage: Usage, at now: Int64) -> Int64? {
        guard !priority.isUrgent, let urgent = usage.lastUrgentAt else { return nil }
        let end = urgent.plus(Self.urgentMemory)
        return now < end ? end : nil
    }
}

extension RequestBudget {
    package enum Decision: Sendable, Equatable {
        case go
        /// Go, as the one request that finds out whether a ban is over.
        case probe
        /// Ask again at `until`: the earliest time that the rules know of.
        case wait(until: Int64, because: Reason)
    }

    package enum Reason: Sendable, Equatable {
        case window
        case banned
        /// Another's probe is out; `until` is when it is given up for lost.
        case probing
    }

    /// One who waits, or asks.
    package struct Waiter: Sendable, Equatable {
        package var priority: RequestPriority
        /// When what it asks for was served last, `Int64.max` where that does not matter: the oldest goes first.
        package var servedAt: Int64
        /// Arrival; lower came first.
        package var order: Int64

        package init(priority: RequestPriority, servedAt: Int64 = .max, order: Int64) {
            self.priority = priority
            self.servedAt = servedAt
            self.order = order
        }

        func precedes(_ other: Waiter) -> Bool {
            (priority.rawValue, servedAt, order) < (other.priority.rawValue, other.servedAt, other.order)
        }
    }

    /// What the others did and want.
    package struct Usage: Sendable, Equatable {
        package var inFlight: Int
        /// When replies ended; those older than the window are ignored.
        package var endedAt: [Int64]
        package var waiters: [Waiter]
        /// When a realtime or repair request was last made.
        package var lastUrgentAt: Int64?

        package init(
            inFlight: Int = 0, endedAt: [Int64] = [], waiters: [Waiter] = [], lastUrgentAt: Int64? = nil
        ) {
            self.inFlight = inFlight
            self.endedAt = endedAt
            self.waiters = waiters
            self.lastUrgentAt = lastUrgentAt
        }
    }
}
