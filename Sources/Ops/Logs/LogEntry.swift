package import Candles
package import Logging

/// One thing that was logged.
package struct LogEntry: Sendable {
    package let time: UnixMilliseconds
    package let level: Logger.Level
    /// The part of the program that says so: the logger's label.
    package let source: String
    package let message: String
    package let fields: Logger.Metadata

    /// The field with the journal's number of the run that an error ended: the journal counts it, too.
    package static let runField = "run"

    package init(
        time: UnixMilliseconds, level: Logger.Level, source: String, message: String, fields: Logger.Metadata = [:]
    ) {
        self.time = time
        self.level = level
        self.source = source
        self.message = message
        self.fields = fields
    }

    /// `2024-01-31T12:00:00.123Z`.
    static func stamp(_ time: UnixMilliseconds) -> [UInt8] {
        let dayLength = Int64(86_400_000)
        let days = (time >= 0 ? time : time - (dayLength - 1)) / dayLength
        let day = CivilDay(sinceEpoch: Int(days))
        let rest = Int(time - days * dayLength)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func add(_ number: Int, _ width: Int, _ mark: Character) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
            text.append(contentsOf: mark.utf8)
        }
        add(day.year, 4, "-")
        add(day.month, 2, "-")
        add(day.day, 2, "T")
        add(rest / 3_600_000, 2, ":")
        add(rest / 60_000 % 60, 2, ":")
        add(rest / 1000 % 60, 2, ".")
        add(rest % 1000, 3, "Z")
        return text
    }
}
