package import Candles
import Resilience

extension HTTPReply {
    /// How long `Retry-After` asks to wait, at most a day; nil where it asks for nothing that can be understood.
    ///
    /// It is a number of seconds, or a date in any of the three forms of HTTP, which is measured against the reply's own `Date`, so
    /// that a wrong clock here changes nothing; against `now` where the reply has none.
    package func retryAfter(at now: UnixMilliseconds?) -> Duration? {
        guard let text = header("Retry-After").map({ String($0.drop(while: \.isWhitespace)) }) else { return nil }
        let seconds: Double
        if let date = HTTPDate(text) {
            let made = header("Date").flatMap { HTTPDate($0)?.seconds } ?? now.map { $0 / 1000 }
            guard let made else { return nil }
            seconds = Double(date.seconds.minus(made))
        } else {
            // Not what else a number can be written as: infinity, hexadecimal.
            guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }),
                let number = Double(text)
            else { return nil }
            seconds = number
        }
        if seconds <= 0 { return nil }
        return min(.milliseconds(Int64(nearest: (seconds * 1000).rounded(.up))), RequestBan.longestRetryAfter)
    }
}
