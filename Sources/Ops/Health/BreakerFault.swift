import Candles
package import Resilience

/// A breaker that nobody knows.
package enum BreakerFault: Fault {
    case unknown(String, known: [String])

    package var code: String { "breaker-unknown" }
    package var kind: FaultKind { .usage }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .unknown(let name, _): "there is no breaker '\(name)'"
        }
    }
    package var hint: String? {
        switch self {
        case .unknown(let name, let known):
            Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" } ?? "see 'ops breakers'"
        }
    }
}
