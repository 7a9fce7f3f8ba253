import Candles
import Jobs
package import Journal
import Resilience

/// A breaker as a document, a line, or a page.
package struct BreakerDocument: Encodable {
    let name: String
    let state: String
    let total_calls: Int
    let failed_calls: Int
    let rejected_calls: Int
    let failure_rate: Double?
    let rejection_rate: Double?
    let calls: [String: Int]
    let history: [Entry]

    struct Entry: Encodable {
        let at: String
        let kind: String
        let detail: String?
    }

    package init(_ breaker: BreakerSnapshot) {
        name = breaker.name
        state = breaker.state.phase.rawValue
        total_calls = breaker.totalCalls
        failed_calls = breaker.failedCalls
        rejected_calls = breaker.rejectedCalls
        failure_rate = breaker.failureRate
        rejection_rate = breaker.rejectionRate
        calls = Dictionary(uniqueKeysWithValues: breaker.totals.map { ($0.key.rawValue, $0.value) })
        history = breaker.events.map { Entry(at: $0.at.iso8601, kind: $0.kind, detail: $0.detail) }
    }

    package static func table(_ breakers: [BreakerSnapshot]) -> [String] {
        var table = TextTable(["breaker", "state", "last change", "good", "failed", "slow", "refused", "opened"])
        for breaker in breakers {
            let count = { (kinds: BreakerTotal...) in "\(kinds.reduce(0) { $0 + (breaker.totals[$1] ?? 0) })" }
            table.add([
                breaker.name, breaker.state.phase.rawValue, breaker.events.first.map { $0.at.iso8601 } ?? "never",
                count(.success, .slowSuccess), count(.failure, .slowFailure), count(.slowSuccess, .slowFailure),
                count(.notPermitted), count(.opened),
            ])
        }
        return table.lines
    }

    /// With one place; what is more than nothing never shows as nothing.
    private static func percent(_ share: Double?, _ count: Int) -> String {
        guard let share else { return "-" }
        let tenths = Int((share * 1000).rounded())
        return tenths == 0 && count > 0 ? "<0.1 %" : "\(tenths / 10).\(tenths % 10) %"
    }

    package static func page(_ breaker: BreakerSnapshot) -> [String] {
        let calls = breaker.totals.filter { $0.value > 0 }.map { "\($0.key.rawValue): \($0.value)" }.sorted()
        return [
            "\(breaker.name) is \(breaker.state.phase.rawValue)",
            "total calls     \(breaker.totalCalls)",
            "failed calls    \(breaker.failedCalls), a slow one is a failure",
            "rejected calls  \(breaker.rejectedCalls)",
            "failure rate    \(percent(breaker.failureRate, breaker.failedCalls)) of the calls that were made",
            "rejection rate  \(percent(breaker.rejectionRate, breaker.rejectedCalls)) of all calls",
            "since the journal began: " + calls.joined(separator: ", "),
        ]
            + breaker.events.map { "\($0.at.iso8601)  \($0.kind) \($0.detail ?? "")" }
    }
}
