/// A whole second, as header fields write it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
package struct HTTPDate: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// Since 1970-01-01T00:00Z.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// Reads all three forms that a recipient has to understand; nil for any other text.
    package init?(_ text: String) {
        let words = text.split { " -:,".contains($0) }.map(String.init)
        guard let date = Self.ofRFC850(words) ?? Self.fixed(words) ?? Self.ofASCTime(words), date.writes(text) else {
            return nil
        }
        self = date
    }

    /// Every date of a field that came more than once, as its values are joined: with commas, which dates have themselves.
    package static func all(in text: String) -> [HTTPDate] {
        let pieces = text.split(separator: ",").map { String($0.drop { $0 == " " }) }
        let pairs = zip(pieces, pieces.dropFirst()).map { "\($0), \($1)" }
        return (pieces + pairs).compactMap { HTTPDate($0) }
    }

    package var description: String {
        let day = day
        return "\(weekday(Self.weekdays).prefix(3)), \(two(day.day)) \(month) \(four(day.year)) \(time) GMT"
    }

    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    private static let weekdays = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private var days: Int { Int(seconds / 86_400) - (seconds % 86_400 < 0 ? 1 : 0) }
    private var day: CivilDay { CivilDay(sinceEpoch: days) }
    private var month: String { Self.months[day.month - 1] }
    private var time: String {
        let second = (Int(seconds % 86_400) + 86_400) % 86_400
        return "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    private func weekday(_ names: [String]) -> String { names[((days % 7) + 7) % 7] }
    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private func four(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }

    /// Whether one of the forms of this very second is `text`: 30 February and a wrong weekday are not.
    private func writes(_ text: String) -> Bool {
        let day = day
        return text == description
            || text == "\(weekday(Self.weekdays)), \(two(day.day))-\(month)-\(two(day.year % 100)) \(time) GMT"
            || text
                == "\(weekday(Self.weekdays).prefix(3)) \(month) \(day.day < 10 ? " " : "")\(day.day) \(time) \(four(day.year))"
    }

    private static func fixed(_ words: [String]) -> Self? {
        guard words.count == 8 else { return nil }
        return Self(year: words[3], month: words[2], day: words[1], time: words[4...6])
    }

    /// A year of two digits lies within fifty years of 2020.
    private static func ofRFC850(_ words: [String]) -> Self? {
        guard words.count == 8, words[3].utf8.count == 2, let year = Int(words[3]) else { return nil }
        return Self(
            year: "\(year < 70 ? 2000 + year : 1900 + year)", month: words[2], day: words[1], time: words[4...6])
    }

    private static func ofASCTime(_ words: [String]) -> Self? {
        guard words.count == 7 else { return nil }
        return Self(year: words[6], month: words[1], day: words[2], time: words[3...5])
    }

    private init?(year: String, month: String, day: String, time: ArraySlice<String>) {
        let numbers = time.compactMap { Int($0) }
        guard let year = Int(year), (1...9999).contains(year), let month = Self.months.firstIndex(of: month),
            let day = Int(day), (1...31).contains(day), numbers.count == 3,
            numbers.allSatisfy({ (0...60).contains($0) })
        else { return nil }
        let days = CivilDay(year: year, month: month + 1, day: day).sinceEpoch
        seconds = Int64(days * 86_400 + numbers[0] * 3600 + numbers[1] * 60 + numbers[2])
    }
}
