import Resilience

/// A moment as milliseconds since 1970-01-01T00:00Z, the exchange's own unit.
package typealias UnixMilliseconds = Int64

extension Duration {
    /// Whole milliseconds, cut towards zero.
    package var milliseconds: Int64 {
        components.seconds.times(1000).plus(components.attoseconds / 1_000_000_000_000_000)
    }

    /// Reads a length as people say it, `45s`, `30m`, `2h` and `3d`; nil for any other text.
    package init?(said text: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.utf8.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), (1...9).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let count = Int(text.dropLast())
        else { return nil }
        self = .seconds(count * unit)
    }
}

extension UnixMilliseconds {
    /// `2024-01-31T12:00:00Z`; milliseconds are cut off.
    package var iso8601: String {
        let milliseconds = Int64(86_400_000)
        let days = self / milliseconds - (self % milliseconds < 0 ? 1 : 0)
        let day = CivilDay(sinceEpoch: Int(days))
        let rest = self % milliseconds
        let seconds = Int((rest < 0 ? rest + milliseconds : rest) / 1000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let year = String(repeating: "0", count: Swift.max(0, 4 - "\(day.year)".count)) + "\(day.year)"
        return
            "\(year)-\(two(day.month))-\(two(day.day))T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }

    /// Reads a time exactly as it is written, or not at all: the one reader of everything that a person, a file or a request names.
    ///
    /// A day (`2024-01-31`, its first moment in UTC), or a day and a time of it: `2024-01-31T12:00:00Z`, `2024-01-31 12:00`,
    /// `2024-01-31T12:00:00.123+01:00`, `2024-01-31 12:00 UTC`. Without a zone it is UTC; what is finer than a millisecond is cut off.
    /// - Throws: `SeriesFault.malformedTime`.
    package init(iso8601 text: String) throws(SeriesFault) {
        var reader = TimeReader(text)
        guard let time = reader.time() else { throw .malformedTime(text) }
        self = time
    }
}

/// Reads a time from left to right; nil at the first sign that does not belong there.
private struct TimeReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    mutating func time() -> UnixMilliseconds? {
        guard let day = day() else { return nil }
        if rest.isEmpty { return day }
        guard takes("T") || takes(" "), let clock = clock(), let offset = zone(), rest.isEmpty else { return nil }
        return day + clock - offset
    }

    /// `2024-01-31`, in the calendar of today also where another one was in use.
    private mutating func day() -> Int64? {
        guard let year = number(digits: 4), takes("-"), let month = number(digits: 2), takes("-"),
            let day = number(digits: 2)
        else { return nil }
        let date = CivilDay(year: year, month: month, day: day)
        return CivilDay(sinceEpoch: date.sinceEpoch) == date ? Int64(date.sinceEpoch) * 86_400_000 : nil
    }

    /// `12:00`, `12:00:00` or `12:00:00.123`.
    private mutating func clock() -> Int64? {
        guard let hours = number(digits: 2), hours < 24, takes(":"), let minutes = number(digits: 2), minutes < 60
        else { return nil }
        let time = Int64(hours * 60 + minutes) * 60_000
        if !takes(":") { return time }
        guard let seconds = number(digits: 2), seconds < 60 else { return nil }
        if !takes(".") { return time + Int64(seconds) * 1000 }
        let fraction = rest.prefix { Self.digit($0) != nil }
        guard (1...9).contains(fraction.count) else { return nil }
        rest.removeFirst(fraction.count)
        let milliseconds = (0..<3).reduce(0) { sum, place in
            sum * 10 + (fraction.dropFirst(place).first.flatMap(Self.digit) ?? 0)
        }
        return time + Int64(seconds * 1000 + milliseconds)
    }

    /// `Z`, ` UTC`, `+01:00`, `+0100`, `+01`, or nothing; in milliseconds.
    private mutating func zone() -> Int64? {
        if rest.isEmpty || takes("Z") || takes(" UTC") { return 0 }
        let isEast = takes("+")
        guard isEast || takes("-"), let hours = number(digits: 2), hours < 24 else { return nil }
        var minutes = 0
        if !rest.isEmpty {
            _ = takes(":")
            guard let number = number(digits: 2), number < 60 else { return nil }
            minutes = number
        }
        return Int64(hours * 60 + minutes) * (isEast ? 60_000 : -60_000)
    }

    private mutating func number(digits count: Int) -> Int? {
        let digits = rest.prefix(count).compactMap(Self.digit)
        guard digits.count == count else { return nil }
        rest.removeFirst(count)
        return digits.reduce(0) { $0 * 10 + $1 }
    }

    private mutating func takes(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
