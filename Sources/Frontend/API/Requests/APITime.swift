import Candles

/// The times that a request may name.
enum APITime {
    /// From 1970 to the end of the year 9999.
    static let range: ClosedRange<UnixMilliseconds> = 0...253_402_300_799_999

    /// Reads ISO 8601; nil for any other text.
    static func read(_ text: String) -> UnixMilliseconds? { try? UnixMilliseconds(iso8601: text) }
}
