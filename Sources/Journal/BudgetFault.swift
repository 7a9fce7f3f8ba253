package import Candles
import Foundation
package import Resilience

/// A request that was not made, because its turn would come too late.
package enum BudgetFault: Fault, Equatable {
    /// No slot before `until`.
    case outOfPatience(until: UnixMilliseconds)
    /// The host refuses everybody; asking again before `until` is useless.
    case banned(until: UnixMilliseconds)

    package var code: String {
        switch self {
        case .outOfPatience: "budget-wait-too-long"
        case .banned: "bitfinex-banned"
        }
    }
    package var kind: FaultKind { .rateLimited }
    package var origin: FaultOrigin { .service }
    /// The waiting was done already, as far as the caller's patience went: repeating the call is not the answer.
    package var disposition: Disposition { .healable }
    package var summary: String {
        switch self {
        case .outOfPatience(let until):
            "the host's request budget has no free slot before \(Self.text(until)), which is too long to wait"
        case .banned(let until): "bitfinex answers no request of this host before \(Self.text(until))"
        }
    }
    package var hint: String? {
        switch self {
        case .outOfPatience: "run it again later, when fewer jobs share BITFINEX_REQUESTS_PER_MINUTE"
        case .banned: "wait until then; the next run continues where this one stopped"
        }
    }

    private static func text(_ time: UnixMilliseconds) -> String {
        Date(timeIntervalSince1970: Double(time) / 1000).ISO8601Format()
    }
}
