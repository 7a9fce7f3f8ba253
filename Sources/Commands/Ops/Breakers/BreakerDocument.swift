import Candles
import CommandRuntime
import Journal
import Resilience

/// A breaker as a document, a line, or a page.
struct BreakerDocument: Encodable {
    let name: String
    let state: String
    let calls: [String: Int]
    let history: [Entry]

    struct Entry: Encodable {
        let at: String
        let kind: String
        let detail: String?
    }

    init(_ breaker: BreakerSnapshot) {
        name = breaker.name
        state = breaker.state.phase.rawValue
        calls = Dictionary(uniqueKeysWithValues: breaker.totals.map { ($0.key.rawValue, $0.value) })
        history = breaker.events.map { Entry(at: $0.at.iso8601, kind: $0.kind, detail: $0.detail) }
    }

    static func table(_ breakers: [BreakerSnapshot]) -> [String] {
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

    static func page(_ breaker: BreakerSnapshot) -> [String] {
        let calls = breaker.totals.filter { $0.value > 0 }.map { "\($0.key.rawValue): \($0.value)" }.sorted()
        return [
            "\(breaker.name) is \(breaker.state.phase.rawValue)",
            "since the journal began: " + calls.joined(separator: ", "),
        ]
            + breaker.events.map { "\($0.at.iso8601)  \($0.kind) \($0.detail ?? "")" }
    }
}
