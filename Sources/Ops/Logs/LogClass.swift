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

    /// Nil for a family that none of our programs writes: its files are somebody else's.
    ///
    /// `family` is the live file's name; `days` is `LOG_ROTATION_DAYS`.
    init?(of family: String, days: Int) {
        switch family {
        case ServiceLog.main, ServiceLog.earlierMain, ServiceLog.errors, ServiceLog.health, "watchdog.log":
            self.init(interval: .day, mostBytes: 10_000_000, keptDays: days)
        // What `scripts/backup_database.sh` and `scripts/restore_database.sh` write.
        case "backup.log": self.init(interval: .week, mostBytes: 100_000_000, keptDays: 12 * 7)
        default:
            // The output of services, which their units or whoever starts them send here.
            guard family.wholeMatch(of: /service_[A-Za-z0-9_.@-]+\.(?:log|jsonl)/) != nil else { return nil }
            self.init(interval: .day, mostBytes: 10_000_000, keptDays: days)
        }
    }

    private init(interval: Interval, mostBytes: Int, keptDays: Int) {
        self.interval = interval
        self.mostBytes = mostBytes
        self.keptDays = keptDays
    }

    /// Those that earlier versions kept for 30 days.
    static let keptLonger = [ServiceLog.main, ServiceLog.earlierMain, ServiceLog.errors]
    static let longerDays = 30
}
