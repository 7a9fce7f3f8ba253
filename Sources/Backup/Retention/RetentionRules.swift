import Candles

/// The rules of retention, applied to the backups of one database at one moment.
struct RetentionRules {
    private let policy: RetentionPolicy
    private let subject: RetentionSubject
    private let now: UnixMilliseconds
    /// Of the subject, with a manifest that can be read, and not of the future; oldest first.
    private let known: [StoredBackup]
    /// Those of them that make others unneeded.
    private let good: [StoredBackup]
    private let firsts: [BackupName: String]

    /// `backups`: all of the subject's type, oldest first.
    init(policy: RetentionPolicy, subject: RetentionSubject, backups: [StoredBackup], now: UnixMilliseconds) {
        self.policy = policy
        self.subject = subject
        self.now = now
        known = subject.own(among: backups, now: now)
        good = known.filter { $0.isGood && $0.wayBack == nil }
        firsts = Self.firsts(of: good, policy)
    }

    func decision(on backup: StoredBackup) -> RetentionDecision {
        if let reason = subject.objection(to: backup, now: now) ?? wish(for: backup) {
            return RetentionDecision(backup: backup, verdict: .keep, reason: reason)
        }
        return RetentionDecision(backup: backup, verdict: .remove, reason: farewell(to: backup))
    }

    /// Why nothing may be removed.
    func refusal(of decisions: [RetentionDecision]) -> String? {
        if let newest = decisions.last(where: { $0.backup.known.map(subject.has) == true })?.backup.name,
            newest.time > now + RetentionPolicy.clockSlack
        {
            return "the clock says \(now.iso8601), but \(newest.file) is newer: one of the two is wrong"
        }
        let names = Set(good.map(\.name))
        let lost = decisions.count { $0.verdict == .remove && names.contains($0.backup.name) }
        guard lost * 2 > good.count else { return nil }
        return "it would remove \(lost) of \(good.count) good backups of \(subject.database), more than half"
    }

    /// The first rule that wants it.
    private func wish(for backup: StoredBackup) -> String? {
        if !isOlder(backup, than: days(of: backup)) {
            return "not older than \(Self.text(days(of: backup)))" + (backup.wayBack.map { ", \($0)" } ?? "")
        }
        if good.suffix(RetentionPolicy.minimum).contains(where: { $0.name == backup.name }) {
            return "one of the newest \(RetentionPolicy.minimum) good ones"
        }
        if known.last(where: \.isGood)?.name == backup.name { return "the newest good one" }
        if good.last(where: { isOlder($0, than: policy.days) })?.name == backup.name {
            return "the newest good one that is older than \(Self.text(policy.days))"
        }
        if good.count < RetentionPolicy.minimum { return "fewer than \(RetentionPolicy.minimum) good ones are there" }
        return firsts[backup.name]
    }

    private func farewell(to backup: StoredBackup) -> String {
        let age = "older than \(Self.text(days(of: backup)))"
        if let wayBack = backup.wayBack { return "\(age), \(wayBack)" }
        guard let manifest = backup.known, !manifest.isGood else { return "\(age), and newer good ones are there" }
        if let suspicion = manifest.suspicion { return "\(age), and suspicious: \(suspicion)" }
        return "\(age), and it " + (manifest.verifications.isEmpty ? "was never verified" : "failed its verification")
    }

    private func days(of backup: StoredBackup) -> Int {
        backup.wayBack == nil ? policy.days : max(policy.days, RetentionPolicy.wayBackDays)
    }

    private static func text(_ days: Int) -> String { days == 1 ? "1 day" : "\(days) days" }

    private func isOlder(_ backup: StoredBackup, than days: Int) -> Bool {
        now - backup.name.time > UnixMilliseconds(days) * 86_400_000
    }

    /// The first ones of the newest weeks and months that have any, with the reason to keep them.
    private static func firsts(of good: [StoredBackup], _ policy: RetentionPolicy) -> [BackupName: String] {
        func firsts(_ count: Int, _ span: String, _ start: (UnixMilliseconds) -> String) -> [BackupName: String] {
            let spans = Dictionary(grouping: good) { start($0.name.time) }.sorted { $0.key < $1.key }.suffix(count)
            return spans.reduce(into: [:]) { reasons, entry in
                reasons[entry.value[0].name] = "the first good one of the \(span) \(entry.key)"
            }
        }
        let weeks = firsts(policy.weekly, "week from") { $0.weekStart }
        return weeks.merging(firsts(policy.monthly, "month") { $0.month }) { week, _ in week }
    }
}

extension StoredBackup {
    /// What it is a way back from; nil for one that was made for its own sake.
    fileprivate var wayBack: String? {
        switch known?.occasion {
        case .beforeRestore: "made before a restore"
        case .beforeMigration: "made before a migration"
        case .scheduled, .manual, nil: nil
        }
    }
}

extension UnixMilliseconds {
    /// The Monday of its ISO week, `2026-11-16`, in UTC.
    fileprivate var weekStart: String {
        // The epoch was a Thursday.
        let day = self / 86_400_000
        return String(((day - (day + 3) % 7) * 86_400_000).iso8601.prefix(10))
    }

    /// `2026-11`, in UTC.
    fileprivate var month: String { String(iso8601.prefix(7)) }
}
