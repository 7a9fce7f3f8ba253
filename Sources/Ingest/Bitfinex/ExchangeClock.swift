package import Candles
import Resilience
package import Transport

/// Compares this host's clock with the exchange's.
///
/// A host that is ahead would ask for intervals that have not ended yet, and take their absence for proof.
/// - Source: the `Date` header of every reply, in whole seconds; the API has no other clock.
package enum ExchangeClock {
    /// Beyond this a host is ahead: less than the grace after which an interval counts as settled.
    package static let tolerance = Duration.seconds(30)

    /// How far the host was ahead of the exchange when it sent the request; negative where it was behind or the reply slow.
    package static func lead(of host: UnixMilliseconds, in reply: HTTPReply) -> Duration? {
        // A reply from a cache was made earlier.
        guard let date = dates(of: reply).max() else { return nil }
        return .milliseconds(host.minus(date.plus(age(of: reply).plus(1).times(1000))))
    }

    /// How far the host was behind the exchange when the reply was here; nil or at most 0 where it was not.
    package static func lag(of host: UnixMilliseconds, in reply: HTTPReply) -> Duration? {
        dates(of: reply).max().map { .milliseconds($0.minus(host)) }
    }

    /// When a reply was made, at the latest: it can know nothing of what came after.
    ///
    /// A cache tells its age; without that and without a date, it counts as made when it was asked for. Where several caches tell, the
    /// oldest of what they say counts.
    package static func made(_ reply: HTTPReply, askedAt: UnixMilliseconds) -> UnixMilliseconds {
        min(dates(of: reply).min() ?? askedAt, askedAt.minus(age(of: reply).times(1000)))
    }

    /// In seconds; what no cache could count to is as old as can be.
    private static func age(of reply: HTTPReply) -> Int64 {
        (reply.header("Age") ?? "").split(separator: ",").compactMap { seconds($0) }.max() ?? 0
    }

    /// A number of seconds; one that has a fraction or a sign is still meant as such, and counts as the next whole one.
    private static func seconds(_ text: Substring) -> Int64? {
        guard let number = text.wholeMatch(of: /\s*\+?([0-9]+)(\.[0-9]*)?\s*/) else { return nil }
        return min((Int64(number.1) ?? oldest).plus(number.2 == nil ? 0 : 1), oldest)
    }

    /// A hundred years.
    private static var oldest: Int64 { 3_155_760_000 }

    /// In any of the three forms of HTTP; empty where there is none, or none that can be read.
    private static func dates(of reply: HTTPReply) -> [UnixMilliseconds] {
        HTTPDate.all(in: reply.header("Date") ?? "").map { $0.seconds.times(1000) }
    }
}
