package import Candles
import Journal
import NIOConcurrencyHelpers
import Resilience
import Transport

/// What the replies so far say of this host's clock.
struct HostClock: Sendable {
    /// The most that it was ahead of a reply, its age in a cache not counted; at least 0.
    var lead: Int64 = 0
    var isKnownToBeBehind = false
    /// What the journal was told last, in milliseconds; nil where nothing was.
    var noted: Int64?
}

extension BitfinexREST {
    /// The time by which intervals are settled: this host's, less what it was seen to be ahead of the exchange's.
    package var exchangeNow: UnixMilliseconds { now() - hostClock.withLockedValue { $0.lead } }

    /// Lets other programs of this host know how far its clock is off, once, and again where that changed.
    ///
    /// It is worth no request: a journal that does not take it is told at the next reply.
    func noteClock(_ reply: HTTPReply, sentAt: UnixMilliseconds) async {
        guard let lead = ExchangeClock.lead(of: sentAt, in: reply)?.milliseconds,
            let lag = ExchangeClock.lag(of: now(), in: reply)?.milliseconds
        else { return }
        // Between the two lies the time that the reply took.
        let ahead = lead > 0 ? lead : min(0, Int64(0).minus(lag))
        let noted = hostClock.withLockedValue { $0.noted }
        if let noted, max(noted, ahead).minus(min(noted, ahead)) <= ExchangeClock.tolerance.milliseconds { return }
        guard (try? await budget.noteClock(ahead: ahead)) != nil else { return }
        hostClock.withLockedValue { $0.noted = ahead }
    }

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
