import Candles

/// A log file as a rotation finds it.
struct LogFile: Equatable {
    let name: LogFileName
    let bytes: Int
    /// The time on its first line; nil where there is none, or where it was not read.
    let beganAt: UnixMilliseconds?
    /// When it was last written to, as the disk has it.
    let changedAt: UnixMilliseconds?

    init(
        _ name: LogFileName, bytes: Int, beganAt: UnixMilliseconds? = nil, changedAt: UnixMilliseconds? = nil
    ) {
        self.name = name
        self.bytes = bytes
        self.beganAt = beganAt
        self.changedAt = changedAt
    }
}

/// One change to the folder of logs, whole or not done at all.
package enum RotationStep: Sendable, Equatable {
    /// What a rotation that was killed left behind.
    case discard(String)
    /// It is past its time.
    case remove(String)
    case rename(String, to: String)
    case compress(String)
}

/// How long rotated logs are kept.
struct RotationRules: Equatable {
    /// `LOG_ROTATION_DAYS`.
    let days: Int
    /// What was rotated up to this day, in days since 1970, by a version that kept more of it, keeps its time.
    var keptLongerUntil: Int?

    func keptDays(of family: String, _ kind: LogClass, rotated day: Int) -> Int {
        guard let last = keptLongerUntil, day <= last, LogClass.keptLonger.contains(family) else {
            return kind.keptDays
        }
        return max(kind.keptDays, LogClass.longerDays)
    }
}

/// What is to be done about a folder of logs.
///
/// Only files of our own families are touched, by the exact names that a rotation gives.
///
/// Of each log the newest rotated file stays plain, since whoever writes may add lines to it until it opens the new one.
struct RotationPlan {
    /// What frees room comes first.
    private(set) var steps: [RotationStep] = []

    /// `force` rotates whatever is not empty; `ages` is the time by which files are past theirs, never later than `now`.
    init(
        _ files: [LogFile], now: UnixMilliseconds, ages: UnixMilliseconds, rules: RotationRules, force: Bool = false
    ) {
        let today = Self.day(now)
        let aged = Self.day(min(ages, now))
        let families = Dictionary(grouping: files, by: \.name.family).sorted { $0.key < $1.key }
        var later: [RotationStep] = []
        for (family, files) in families {
            guard let kind = LogClass(of: family, days: rules.days) else { continue }
            steps += files.filter { $0.name.form == .partial }.map { .discard($0.name.text) }
            var kept: [LogFileName] = []
            for name in files.map(\.name) where name.form != .partial {
                guard let turn = name.turn else { continue }
                let isOver = aged - turn.day > rules.keptDays(of: family, kind, rotated: turn.day)
                if isOver { steps.append(.remove(name.text)) } else { kept.append(name) }
            }
            var newest = files.compactMap(\.name.turn).max()
            if let live = files.first(where: { $0.name.turn == nil }),
                force && live.bytes > 0 || Self.isDue(live, kind, today: today, newest: newest)
            {
                let turn = Self.turn(on: today, after: files.map(\.name))
                later.append(.rename(family, to: LogFileName(family: family, turn: turn).text))
                // Where the clock went back, one of its future is the newest by name.
                newest = newest.map { max($0, turn) } ?? turn
            }
            later += Self.compressions(of: kept, but: newest)
        }
        steps.sort(by: Self.byName)
        steps += later
    }

    static func day(_ time: UnixMilliseconds) -> Int {
        Int((time >= 0 ? time : time - 86_399_999) / 86_400_000)
    }

    private static func isDue(_ live: LogFile, _ rules: LogClass, today: Int, newest: LogFileName.Turn?) -> Bool {
        if live.bytes == 0 { return false }
        if live.bytes > rules.mostBytes { return true }
        // Nothing tells how old it is: from its first rotation on, a name does.
        guard let began = live.beganAt.map(day) ?? newest?.day else { return true }
        return rules.interval.index(of: began) < rules.interval.index(of: today)
    }

    /// A number that no file of that day has, nor had where a later one is still there.
    private static func turn(on day: Int, after names: [LogFileName]) -> LogFileName.Turn {
        let numbers = names.compactMap { $0.turn?.day == day ? $0.turn?.number : nil }
        return LogFileName.Turn(day: day, number: numbers.max().map { $0 + 1 } ?? 0)
    }

    /// What is there both plain and compressed was interrupted, and is compressed again.
    private static func compressions(of kept: [LogFileName], but newest: LogFileName.Turn?) -> [RotationStep] {
        let names = kept.filter { $0.form == .plain && $0.turn != newest }
        return names.sorted { ($0.turn?.day ?? 0, $0.turn?.number ?? 0) < ($1.turn?.day ?? 0, $1.turn?.number ?? 0) }
            .map { .compress($0.text) }
    }

    private static func byName(_ left: RotationStep, _ right: RotationStep) -> Bool { "\(left)" < "\(right)" }
}
