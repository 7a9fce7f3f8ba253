import Candles

/// The name of a log file in its folder: live as `bot.jsonl`, rotated as `bot-20240131.jsonl`, the second one of that day as
/// `bot-20240131-1.jsonl`, each of them with `.gz` once it is compressed, and with `.gz.partial` until that is whole.
struct LogFileName: Hashable {
    enum Form: Hashable {
        case plain, compressed, partial
    }

    /// When it was rotated, in days since 1970 (UTC), and how many were before it on that day.
    struct Turn: Hashable, Comparable {
        let day: Int
        let number: Int

        static func < (left: Self, right: Self) -> Bool { (left.day, left.number) < (right.day, right.number) }
    }

    /// The name of the live file.
    let family: String
    /// Nil is the live file.
    let turn: Turn?
    let form: Form

    init(family: String, turn: Turn?, form: Form = .plain) {
        self.family = family
        self.turn = turn
        self.form = form
    }

    /// Nil where the name is not of this form: such files are not touched.
    init?(_ name: String) {
        var rest = Substring(name)
        var form = Form.plain
        if rest.removeEnd(".gz.partial") {
            form = .partial
        } else if rest.removeEnd(".gz") {
            form = .compressed
        }
        guard let ending = Self.endings.first(where: rest.hasSuffix) else { return nil }
        rest.removeLast(ending.count)
        let turn = Self.takeTurn(from: &rest)
        guard !rest.isEmpty, rest.first != ".", turn != nil || form == .plain else { return nil }
        self.init(family: rest + ending, turn: turn, form: form)
    }

    var text: String {
        guard let turn else { return family }
        let ending = Self.endings.first(where: family.hasSuffix) ?? ""
        let day = CivilDay(sinceEpoch: turn.day)
        let digits = "\(day.year * 10_000 + day.month * 100 + day.day)"
        let number = turn.number == 0 ? "" : "-\(turn.number)"
        let plain = "\(family.dropLast(ending.count))-\(digits)\(number)\(ending)"
        return switch form {
        case .plain: plain
        case .compressed: plain + ".gz"
        case .partial: plain + ".gz.partial"
        }
    }

    func with(_ form: Form) -> Self { Self(family: family, turn: turn, form: form) }

    private static let endings = [".log", ".jsonl"]

    /// Takes `-20240131` or `-20240131-7` off the end.
    private static func takeTurn(from rest: inout Substring) -> Turn? {
        let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count > 2, let number = number(parts[parts.count - 1]), let day = day(parts[parts.count - 2]) {
            rest = rest.dropLast(parts[parts.count - 1].count + 10)
            return Turn(day: day, number: number)
        }
        guard parts.count > 1, let day = day(parts[parts.count - 1]) else { return nil }
        rest = rest.dropLast(9)
        return Turn(day: day, number: 0)
    }

    /// As it is written back: 1 or more, at most 12 digits.
    private static func number(_ text: Substring) -> Int? {
        guard text.count <= 12, let number = Int(text), number > 0, "\(number)" == text else { return nil }
        return number
    }

    private static func day(_ text: Substring) -> Int? {
        guard text.utf8.count == 8, let digits = Int(text), "\(digits)" == text else { return nil }
        let day = CivilDay(year: digits / 10_000, month: digits / 100 % 100, day: digits % 100)
        guard (1...12).contains(day.month), CivilDay(sinceEpoch: day.sinceEpoch) == day else { return nil }
        return day.sinceEpoch
    }
}

extension Substring {
    fileprivate mutating func removeEnd(_ ending: String) -> Bool {
        guard hasSuffix(ending) else { return false }
        removeLast(ending.count)
        return true
    }
}

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
