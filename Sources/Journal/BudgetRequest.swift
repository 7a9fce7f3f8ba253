import Candles
import GRDB
import Resilience

/// One process' wish to send a request, answered within one transaction.
struct BudgetRequest: Sendable {
    let host: String
    let endpoint: String
    let priority: RequestPriority
    let servedAt: Int64
    let rule: RequestBudget
    /// Milliseconds after which a request without an end is taken as ended.
    let lease: Int64
    /// Its place in the queue, once it has one.
    var waiter: Int64?

    enum Answer: Sendable {
        case permit(RequestPermit)
        case wait(waiter: Int64?, milliseconds: Int64)
        case refused(BudgetFault)
    }

    func answer(_ db: Database, now: UnixMilliseconds, patience: Int64) throws -> Answer {
        let table = BudgetTable(db: db, host: host, endpoint: endpoint, now: now)
        let bans = BanTable(db: db, host: host)
        let ban = try bans.ban(at: now)
        let usage = isLimited ? try table.usage() : RequestBudget.Usage()
        let caller = RequestBudget.Waiter(priority: priority, servedAt: servedAt, order: waiter ?? .max)
        switch rule.decide(for: caller, usage: usage, ban: ban, at: now) {
        case .go: return .permit(try take(table, probe: nil))
        case .probe: return .permit(try take(table, probe: try startProbe(ban, bans, now)))
        case .wait(let until, let reason):
            if isTooLong(until - now, reason, patience) {
                try table.removeWaiter(waiter)
                return .refused(reason == .window ? .outOfPatience(until: until) : .banned(until: until))
            }
            return .wait(
                waiter: isLimited ? try table.beat(waiter, priority, servedAt: servedAt) : nil,
                milliseconds: until - now)
        }
    }

    private var isLimited: Bool { rule.requestsPerMinute > 0 }

    private func take(_ table: BudgetTable, probe: Int64?) throws -> RequestPermit {
        try table.removeWaiter(waiter)
        let row = isLimited ? try table.insertRequest(priority, lease: lease) : nil
        return RequestPermit(startedAt: table.now, row: row, probe: probe)
    }

    private func startProbe(_ ban: RequestBan?, _ bans: BanTable, _ now: UnixMilliseconds) throws
        -> Int64?
    {
        guard var ban else { return nil }
        ban.startProbe(at: now)
        try bans.save(ban)
        return ban.probe
    }

    /// When another's probe will report is not known: that is waited for while there is patience.
    private func isTooLong(_ wait: Int64, _ reason: RequestBudget.Reason, _ patience: Int64) -> Bool {
        reason == .probing ? patience <= 0 : wait > patience
    }
}
