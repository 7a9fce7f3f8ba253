import Candles
import TestSupport

/// Texts that are times, nearly times, or none.
struct RandomTimes {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> String {
        var text = day() + (chance(5) ? "" : pick(["T", " ", "T", " ", "t", "_", ""]) + clock())
        while chance(3) { change(&text) }
        return text
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    private mutating func number(_ range: ClosedRange<Int>, _ width: Int) -> String {
        let digits = String(Int.random(in: range, using: &random))
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private mutating func day() -> String {
        let year = chance(3) ? number(0...9999, 4) : number(1990...2040, 4)
        return "\(year)-\(number(chance(9) ? 0...14 : 1...12, 2))-\(number(chance(9) ? 0...33 : 1...29, 2))"
    }

    private mutating func clock() -> String {
        var text = "\(number(chance(9) ? 0...30 : 0...23, 2)):\(number(chance(9) ? 0...70 : 0...59, 2))"
        if !chance(3) { text += ":\(number(chance(9) ? 0...70 : 0...59, 2))" }
        if chance(4) { text += "." + number(0...1_000_000, Int.random(in: 1...10, using: &random)) }
        let hours = number(chance(9) ? 0...30 : 0...14, 2)
        return text
            + pick([
                "", "Z", "Z", " UTC", "z", "+\(hours)", "-\(hours):30", "+\(hours)45", "-\(hours):99", "+1", " +01:00",
            ])
    }

    /// One sign more, less or another.
    private mutating func change(_ text: inout String) {
        var signs = Array(text)
        let place = Int.random(in: 0...signs.count, using: &random)
        let sign = pick(["0", "9", "-", ":", "T", " ", "Z", "+", ".", "x", "٣", "\u{0}", "é"])
        if place == signs.count || chance(3) {
            signs.insert(contentsOf: sign, at: place)
        } else if chance(2) {
            signs.remove(at: place)
        } else {
            signs.replaceSubrange(place...place, with: sign)
        }
        text = String(signs)
    }
}

/// Reads a time by one pattern and counts its days year by year and month by month.
enum PlainTime {
    static func read(_ text: String) -> UnixMilliseconds? {
        let pattern =
            /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z| UTC|([+\-])([0-9]{2})(?::?([0-9]{2}))?)?)?/
        guard let match = try? pattern.wholeMatch(in: text)?.output else { return nil }
        func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
        let (year, month, day) = (number(match.1), number(match.2), number(match.3))
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let months = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...months[month - 1]).contains(day) else { return nil }
        let clock = [(match.4, 24), (match.5, 60), (match.6, 60), (match.10, 24), (match.11, 60)]
        guard clock.allSatisfy({ number($0.0) < $0.1 }) else { return nil }
        // 146,097 days are 400 years, and 719,528 are those from the year 0 to 1970.
        let leaps = year == 0 ? 0 : (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1
        let days = year * 365 + leaps + months.prefix(month - 1).reduce(0, +) + day - 1 - 719_528
        let minutes = (days * 24 + number(match.4)) * 60 + number(match.5)
        let offset = (match.9 == "-" ? -1 : 1) * (number(match.10) * 60 + number(match.11))
        let fraction = number(((match.7 ?? "") + "000").prefix(3))
        return UnixMilliseconds(((minutes - offset) * 60 + number(match.6)) * 1000 + fraction)
    }
}
