/// How often a log is rotated, and how long what was rotated is kept.
struct LogClass: Equatable {
    enum Interval: Equatable {
        /// By UTC days.
        case day
        /// By UTC weeks from Monday.
        case week

        /// Equal for two days of the same interval, and greater for a later one; days since 1970.
        func index(of day: Int) -> Int {
            switch self {
            case .day: day
            // 1970-01-01 was a Thursday.
            case .week: day + 3 >= 0 ? (day + 3) / 7 : (day + 3 - 6) / 7
            }
        }
    }

    let interval: Interval
    /// A larger file is rotated before its time.
    let mostBytes: Int
    /// Days after its rotation.
    let keptDays: Int

    /// `family` is the live file's name.
    init(of family: String, serviceDays: Int) {
        mostBytes = family.hasSuffix(".jsonl") ? 10_000_000 : 100_000_000
        if family.hasPrefix("backup"), family.hasSuffix(".log") {
            interval = .week
            keptDays = 12 * 7
        } else if ["health.log", "watchdog.log"].contains(family) || family.hasPrefix("service_") {
            interval = .day
            keptDays = serviceDays
        } else {
            interval = .day
            keptDays = 30
        }
    }
}
