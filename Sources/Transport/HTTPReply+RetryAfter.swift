package import Candles
import Resilience

extension HTTPReply {
    /// How long `Retry-After` asks to wait, at most a day; nil where it asks for nothing that can be understood.
    ///
    /// It is a number of seconds, or a date in any of the three forms of HTTP, which is measured against the reply's own `Date`, so
    /// that a wrong clock here changes nothing; against `now` where the reply has none. Of several values the longest wait counts.
    package func retryAfter(at now: UnixMilliseconds?) -> Duration? {
        guard let text = header("Retry-After") else { return nil }
        let made = HTTPDate.all(in: header("Date") ?? "").max()?.seconds ?? now.map { $0 / 1000 }
        let untilDates = made.map { made in HTTPDate.all(in: text).map { Double($0.seconds.minus(made)) } } ?? []
        let numbers = text.split(separator: ",").compactMap {
            Self.number(String($0.trimmingPrefix(while: \.isWhitespace)))
        }
        guard let seconds = (untilDates + numbers).max(), seconds > 0 else { return nil }
        return min(.milliseconds(Int64(nearest: (seconds * 1000).rounded(.up))), RequestBan.longestRetryAfter)
    }

    /// Not what else a number can be written as: infinity, hexadecimal.
    private static func number(_ text: String) -> Double? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
            ? Double(text) : nil
    }
}
