import Resilience

/// How far a fault reaches: a job ends for some, and goes on with its other holes after others.
extension Fault {
    /// The database or the host is not at fault: what is stored stays, and the run reports how far it came.
    var comesFromTheExchange: Bool {
        code.hasPrefix("bitfinex-") || code.hasPrefix("transport-")
            || ["circuit-open", "budget-wait-too-long"].contains(code)
    }

    /// The next request would fail in the same way.
    var concernsEveryRequest: Bool {
        ![
            "bitfinex-unproven", "bitfinex-malformed", "bitfinex-stale", "bitfinex-row-unreadable",
        ].contains(code)
    }
}
