import FoundationEssentials

extension UnixMilliseconds {
    /// `2024-01-31T12:00:00Z`; milliseconds are cut off.
    package var iso8601: String {
        let milliseconds = Int64(86_400_000)
        let days = (self >= 0 ? self : self - (milliseconds - 1)) / milliseconds
        let day = CivilDay(sinceEpoch: Int(days))
        let seconds = Int((self - days * milliseconds) / 1000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let year = String(repeating: "0", count: Swift.max(0, 4 - "\(day.year)".count)) + "\(day.year)"
        return
            "\(year)-\(two(day.month))-\(two(day.day))T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }

    /// Reads ISO 8601 (`2024-01-31T12:00:00Z`, an offset, no seconds) or a day (`2024-01-31`, 00:00 UTC).
    ///
    /// - Throws: `SeriesFault.malformedTime`.
    package init(iso8601 text: String) throws(SeriesFault) {
        if let time = Self(printed: text) {
            self = time
            return
        }
        let date: Date?
        if text.contains("T") {
            date = try? Date(Self.withSeconds(text), strategy: .iso8601)
        } else {
            date = try? Date(text, strategy: .iso8601.year().month().day())
        }
        guard let date, text.utf8.count >= 10 else { throw .malformedTime(text) }
        self = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// Reads what `iso8601` prints, without Foundation's calendars; nil for any other form.
    private init?(printed text: String) {
        let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 6, text.utf8.count == 20 else { return nil }
        let day = CivilDay(year: numbers[0], month: numbers[1], day: numbers[2])
        let seconds = day.sinceEpoch * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
        let time = Int64(seconds) * 1000
        guard time.iso8601 == text else { return nil }
        self = time
    }

    /// The parser wants seconds and a zone; people leave both out and mean UTC.
    private static func withSeconds(_ text: String) -> String {
        let halves = text.split(separator: "T", maxSplits: 1)
        guard halves.count == 2 else { return text }
        let zone = halves[1].firstIndex { "Z+-".contains($0) } ?? halves[1].endIndex
        let clock = halves[1][..<zone]
        let suffix = zone == halves[1].endIndex ? "Z" : String(halves[1][zone...])
        return "\(halves[0])T\(clock)\(clock.split(separator: ":").count == 2 ? ":00" : "")\(suffix)"
    }
}
