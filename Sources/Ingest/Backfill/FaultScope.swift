import Resilience

/// How far a fault reaches: a job ends for some, and goes on with its other holes after others.
extension Fault {
    /// The database or the host is not at fault: what is stored stays, and the run reports how far it came.
    var comesFromTheExchange: Bool { origin == .service }

    /// The next request would fail in the same way.
    var concernsEveryRequest: Bool {
        switch self as? BitfinexFault {
        case .unproven, .malformed, .stale, .unreadableRow: false
        default: true
        }
    }
}
