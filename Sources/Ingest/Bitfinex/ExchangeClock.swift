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
        guard let date = reply.header("Date").flatMap({ HTTPDate($0) }) else { return nil }
        // A reply from a cache was made earlier. No cache keeps one for longer than a clock can count.
        let age = reply.header("Age").flatMap { Int64($0) } ?? 0
        let made = date.seconds.plus(age).plus(1).times(1000)
        return .milliseconds(host.minus(made))
    }

    /// How far the host was behind the exchange when the reply was here; nil or at most 0 where it was not.
    package static func lag(of host: UnixMilliseconds, in reply: HTTPReply) -> Duration? {
        date(of: reply).map { .milliseconds($0.minus(host)) }
    }

    /// When a reply was made, at the latest: it can know nothing of what came after.
    ///
    /// A cache tells its age; without that and without a date, it counts as made when it was asked for.
    package static func made(_ reply: HTTPReply, askedAt: UnixMilliseconds) -> UnixMilliseconds {
        min(date(of: reply) ?? askedAt, askedAt.minus(age(of: reply).times(1000)))
    }

    /// In seconds; what no cache could count to is as old as can be.
    private static func age(of reply: HTTPReply) -> Int64 {
        guard let text = reply.header("Age"), !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return 0
        }
        return min(Int64(text) ?? .max, oldest)
    }

    /// A hundred years.
    private static var oldest: Int64 { 3_155_760_000 }

    /// In any of the three forms of HTTP; nil where there is none, or none that can be read.
    private static func date(of reply: HTTPReply) -> UnixMilliseconds? {
        reply.header("Date").flatMap { HTTPDate($0)?.seconds.times(1000) }
    }
}
