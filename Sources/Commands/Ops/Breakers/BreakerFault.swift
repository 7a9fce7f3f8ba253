import Candles
import Resilience

/// A breaker that nobody knows.
enum BreakerFault: Fault {
    case unknown(String, known: [String])

    var code: String { "breaker-unknown" }
    var kind: FaultKind { .usage }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .unknown(let name, _): "there is no breaker '\(name)'"
        }
    }
    var hint: String? {
        switch self {
        case .unknown(let name, let known):
            Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" } ?? "see 'ops breakers'"
        }
    }
}
