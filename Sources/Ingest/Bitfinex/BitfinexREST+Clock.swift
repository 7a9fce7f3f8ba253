package import Candles
import NIOConcurrencyHelpers
import Resilience
import Transport

/// What the replies so far say of this host's clock.
struct HostClock: Sendable {
    /// The most that it was ahead of a reply, its age in a cache not counted; at least 0.
    var lead: Int64 = 0
    var isKnownToBeBehind = false
}

extension BitfinexREST {
    /// The time by which intervals are settled: this host's, less what it was seen to be ahead of the exchange's.
    package var exchangeNow: UnixMilliseconds { now() - hostClock.withLockedValue { $0.lead } }

    /// - Throws: `BitfinexFault.hostClockAhead`; a host that is behind only asks later than it could, and is told so.
    func compareClocks(_ reply: HTTPReply, sentAt: UnixMilliseconds) throws(BitfinexFault) {
        if let lead = ExchangeClock.lead(of: sentAt, in: reply) {
            if lead > ExchangeClock.tolerance { throw .hostClockAhead(seconds: lead.components.seconds) }
            // The date is a whole second.
            let most = lead.milliseconds + 1000
            hostClock.withLockedValue { $0.lead = max($0.lead, most) }
        }
        guard let lag = ExchangeClock.lag(of: now(), in: reply), lag > ExchangeClock.tolerance else { return }
        let isNews = hostClock.withLockedValue { clock in
            defer { clock.isKnownToBeBehind = true }
            return !clock.isKnownToBeBehind
        }
        if isNews { emit(.warned(.hostClockBehind(seconds: lag.components.seconds))) }
    }
}
