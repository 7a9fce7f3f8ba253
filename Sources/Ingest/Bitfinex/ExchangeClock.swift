package import Candles
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
        guard let date = reply.header("Date").flatMap(time) else { return nil }
        // A reply from a cache was made earlier.
        let age = reply.header("Age").flatMap { Int64($0) } ?? 0
        return .milliseconds(host - (date + (age + 1) * 1000))
    }

    /// How far the host was behind the exchange when the reply was here; nil or at most 0 where it was not.
    package static func lag(of host: UnixMilliseconds, in reply: HTTPReply) -> Duration? {
        reply.header("Date").flatMap(time).map { .milliseconds($0 - host) }
    }

    /// When a reply was made, at the latest: it can know nothing of what came after.
    ///
    /// A cache tells its age; without that and without a date, it counts as made when it was asked for.
    package static func made(_ reply: HTTPReply, askedAt: UnixMilliseconds) -> UnixMilliseconds {
        min(reply.header("Date").flatMap(time) ?? askedAt, askedAt - age(of: reply) * 1000)
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

    /// Reads `Sat, 21 Nov 2026 04:10:00 GMT`, the one form that RFC 9110 lets a server send.
    private static func time(_ text: String) -> UnixMilliseconds? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return try? UnixMilliseconds(iso8601: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")  // No time: no opinion.
    }
}
