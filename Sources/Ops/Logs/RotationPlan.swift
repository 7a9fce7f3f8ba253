import Candles

/// A log file as a rotation finds it.
struct LogFile: Equatable {
    let name: LogFileName
    let bytes: Int
    /// The time on its first line; nil where there is none, or where it was not read.
    let beganAt: UnixMilliseconds?

    init(_ name: LogFileName, bytes: Int, beganAt: UnixMilliseconds? = nil) {
        self.name = name
        self.bytes = bytes
        self.beganAt = beganAt
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

/// What is to be done about a folder of logs.
///
/// Of each log the newest rotated file stays plain, since whoever writes may add lines to it until it opens the new one.
struct RotationPlan {
    /// What frees room comes first.
    private(set) var steps: [RotationStep] = []

    /// `force` rotates whatever is not empty.
    init(_ files: [LogFile], now: UnixMilliseconds, serviceDays: Int, force: Bool = false) {
        let today = Self.day(now)
        let families = Dictionary(grouping: files, by: \.name.family).sorted { $0.key < $1.key }
        steps = files.filter { $0.name.form == .partial }.map { .discard($0.name.text) }.sorted(by: Self.byName)
        var later: [RotationStep] = []
        for (family, files) in families {
            let rules = LogClass(of: family, serviceDays: serviceDays)
            var kept: [LogFileName] = []
            for name in files.map(\.name) where name.form != .partial {
                guard let turn = name.turn else { continue }
                if today - turn.day > rules.keptDays { steps.append(.remove(name.text)) } else { kept.append(name) }
            }
            var newest = files.compactMap(\.name.turn).max()
            if let live = files.first(where: { $0.name.turn == nil }),
                force && live.bytes > 0 || Self.isDue(live, rules, today: today, newest: newest)
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
