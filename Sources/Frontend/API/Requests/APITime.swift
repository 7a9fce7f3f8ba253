import Candles

/// The times that a request may name.
enum APITime {
    /// From 1970 to the end of the year 9999.
    static let range: ClosedRange<UnixMilliseconds> = 0...253_402_300_799_999

    /// Reads ISO 8601 with any offset that RFC 3339 knows; nil for any other text.
    static func read(_ text: String) -> UnixMilliseconds? {
        guard text.utf8.count <= 64 else { return nil }
        let offset = offset(text)
        let local = offset == nil ? text : text.dropLast(6) + "Z"
        guard let time = try? UnixMilliseconds(iso8601: local) else { return nil }
        return time - (offset ?? 0)
    }

    /// Of `2024-01-31T12:00:00+05:30`, in milliseconds; nil where there is none.
    private static func offset(_ text: String) -> Int64? {
        let end = Array(text.utf8.suffix(6))
        guard text.contains("T") || text.contains("t"), end.count == 6, end[3] == UInt8(ascii: ":") else { return nil }
        guard end[0] == UInt8(ascii: "+") || end[0] == UInt8(ascii: "-") else { return nil }
        let digits = [end[1], end[2], end[4], end[5]].map { Int64($0) - Int64(UInt8(ascii: "0")) }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours < 24, minutes < 60 else { return nil }
        return (end[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes) * 60_000
    }
}
