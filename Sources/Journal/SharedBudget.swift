package import Candles
import GRDB
package import Resilience

/// The request budget that all processes of this host share.
///
/// A window per host and endpoint, a ban per host. All of it is in the journal, so it outlives every process.
package struct SharedBudget<C: Clock>: Sendable where C.Duration == Duration {
    let journal: Journal
    let host: String
    private let rule: RequestBudget
    private let clock: C
    private let lease: Int64

    /// A share in the budget of `host`.
    ///
    /// `requestsPerMinute` is 0 for no limit; bans are honoured all the same. A request without an end is taken as ended
    /// `leaseAfter` its start: longer than any request may last.
    package init(
        journal: Journal, host: String, requestsPerMinute: Int, clock: C,
        leaseAfter: Duration = .seconds(35)
    ) {
        self.journal = journal
        self.host = host
        rule = RequestBudget(requestsPerMinute: requestsPerMinute)
        self.clock = clock
        lease = leaseAfter.milliseconds
    }

    /// Waits for leave to send one request; every permit must be given to `finish`.
    ///
    /// Of those who wait with one priority, who was served longest ago goes first (`servedAt`, milliseconds), then who came
    /// first. `onWait` is told once how long the wait will be, where there is one.
    ///
    /// - Throws: `BudgetFault` as soon as it is known that the turn does not come within `patience`; `CancellationError`;
    ///   `JournalFault.unreadable`, and no request may be sent then.
    package func acquire(
        endpoint: String, priority: RequestPriority, servedAt: UnixMilliseconds = .max, patience: Duration,
        onWait: @Sendable (Duration) -> Void = { _ in }
    ) async throws -> RequestPermit {
        try Task.checkCancellation()
        if rule.requestsPerMinute == 0, let permit = try await permitWithoutBan() { return permit }
        let deadline = clock.now.advanced(by: patience)
        var ask = BudgetRequest(
            host: host, endpoint: endpoint, priority: priority, servedAt: servedAt, rule: rule, lease: lease)
        var isFirstWait = true
        do {
            while true {
                let asked = ask
                let left = clock.now.duration(to: deadline).milliseconds
                switch try await journal.write({ try asked.answer($0, now: $1, patience: left) }) {
                case .permit(let permit): return permit
                case .refused(let fault): throw fault
                case .wait(let waiter, let milliseconds):
                    ask.waiter = waiter
                    if isFirstWait { onWait(.milliseconds(milliseconds)) }
                    isFirstWait = false
                    let pause = Self.pause(milliseconds)
                    try await clock.sleep(until: clock.now.advanced(by: pause), tolerance: nil)
                }
            }
        } catch {
            try await leave(ask.waiter)
            throw error
        }
    }

    /// Says how the request ended; works in a cancelled task too.
    package func finish(_ permit: RequestPermit, _ outcome: RequestOutcome) async throws {
        if case .rateLimited(let retryAfter) = outcome {
            try await refuse(permit, retryAfter)
        } else if permit.row != nil || permit.probe != nil {
            try await journal.write { [host] db, now in
                if outcome == .unsent, let row = permit.row {
                    try db.execute(sql: "DELETE FROM requests WHERE id = ?", arguments: [row])
                }
                try Self.end(permit, db, now)
                guard let probe = permit.probe else { return }
                let bans = BanTable(db: db, host: host)
                if outcome == .answered {
                    try bans.end(probe: probe)
                } else {
                    try bans.giveUp(probe: probe)
                }
            }
        }
    }

    private func refuse(_ permit: RequestPermit, _ retryAfter: Duration?) async throws {
        try await journal.write { [host] db, now in
            try Self.end(permit, db, now)
            let bans = BanTable(db: db, host: host)
            var generator = SystemRandomNumberGenerator()
            try bans.save(
                .refused(
                    previous: try bans.ban(at: now), startedAt: permit.startedAt, retryAfter: retryAfter,
                    at: now,
                    using: &generator))
        }
    }

    private func permitWithoutBan() async throws -> RequestPermit? {
        let isBanned = try await journal.read { [host] db in try BanTable(db: db, host: host).exists() }
        return isBanned ? nil : RequestPermit(startedAt: journal.now(), row: nil, probe: nil)
    }

    private func leave(_ waiter: Int64?) async throws {
        guard let waiter else { return }
        try await journal.write { db, _ in
            try db.execute(sql: "DELETE FROM waiters WHERE id = ?", arguments: [waiter])
        }
    }

    /// The time is cut to milliseconds, and a slot must not come free before its reply ended: hence one more.
    private static func end(_ permit: RequestPermit, _ db: Database, _ now: UnixMilliseconds) throws {
        guard let row = permit.row else { return }
        try db.cachedStatement(sql: "UPDATE requests SET ended_at = ? WHERE id = ?").execute(
            arguments: [now + 1, row])
    }

    /// Up to a second; never all at the same moment.
    private static func pause(_ milliseconds: Int64) -> Duration {
        .milliseconds(
            milliseconds >= 1000 ? .random(in: 800...1000) : max(1, milliseconds) + .random(in: 0...20))
    }
}
