import Resilience
import Transport

/// Waits for an exchange that says that it is away.
extension BitfinexREST {
    /// Runs `operation`, again once the exchange is back, while there is patience.
    ///
    /// In maintenance the platform's status is asked for, at growing distances; where the exchange names a time instead
    /// (`Retry-After`), that is waited for.
    ///
    /// - Throws: The last error of `operation`.
    func outlasting<T>(_ operation: () async throws -> T) async throws -> T {
        var awaySince: C.Instant?
        var question = 0
        while true {
            do {
                return try await operation()
            } catch let fault as any Fault {
                guard var floor = Self.absence(fault, isAway: awaySince != nil) else { throw fault }
                let since = awaySince ?? clock.now
                awaySince = since
                repeat {
                    question += 1
                    let waited = since.duration(to: clock.now)
                    guard let pause = outage.pause(before: question, waited: waited, floor: floor) else { throw fault }
                    emit(.away(fault, askingAgainAfter: pause))
                    try await clock.sleep(until: clock.now.advanced(by: pause), tolerance: nil)
                    floor = .zero
                    if !Self.isAnnounced(fault) { break }
                } while try await isInMaintenance()
            }
        }
    }

    /// How long the exchange wants to be left alone at least, where the fault says that it is away; nil for any other fault.
    private static func absence(_ fault: any Fault, isAway: Bool) -> Duration? {
        switch fault {
        case BitfinexFault.maintenance(_, let wait): wait ?? .zero
        case BitfinexFault.unavailable(_, _, let wait?): wait
        // What failed while it went away may have opened the breaker.
        case let fault as CircuitOpen where isAway: fault.remaining
        default: nil
        }
    }

    private static func isAnnounced(_ fault: any Fault) -> Bool {
        if case BitfinexFault.maintenance = fault { true } else { false }
    }

    /// Whether the platform's status is 0, or cannot be had; what refuses to tell it is asked for candles instead.
    ///
    /// - Source: <https://docs.bitfinex.com/reference/rest-public-platform-status>: `[1]` operative, `[0]` maintenance.
    private func isInMaintenance() async throws -> Bool {
        do {
            let body = try await call(
                "platform/status", "", endpoint: "platform/status", what: "the platform's status"
            ).body
            return body.first { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") } == UInt8(ascii: "0")
        } catch let fault as BitfinexFault {
            if case .refused = fault { return false }
            return true
        } catch let fault as any Fault where fault is CircuitOpen || fault is TransportFault {
            return true
        }
    }
}
