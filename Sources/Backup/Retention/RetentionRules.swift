package import Candles
import Foundation

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

/// What retention makes of one file.
package struct RetentionDecision: Sendable, Equatable {
    package enum Verdict: String, Sendable, Codable {
        case keep, remove
    }

    package let backup: StoredBackup
    package let verdict: Verdict
    /// For people; without a full stop.
    package let reason: String
}

/// What retention makes of all files of one type.
package struct RetentionPlan: Sendable, Equatable {
    /// One for each file of the type, oldest first; what they say stands even where it is refused.
    package let decisions: [RetentionDecision]
    /// Why nothing at all may be removed; nil where everything may.
    package let refusal: String?

    /// What is to be removed, oldest first; nothing where it is refused.
    package var removals: [RetentionDecision] {
        refusal == nil ? decisions.filter { $0.verdict == .remove } : []
    }
}

/// Which backups are kept, and which are removed.
///
/// A file is kept where any rule wants it. Only the newest good backups make others unneeded: neither a failed one nor one from before a
/// restore or a migration does. What cannot be read is never removed, since nothing tells what it is.
package struct RetentionPolicy: Sendable, Equatable {
    /// So many good backups of a database stay, however old they are.
    package static let minimum = 3
    /// Backups from before a restore or a migration stay for at least so many days.
    package static let wayBackDays = 7
    /// A backup that is newer than now by more than this shows that a clock is or was wrong.
    package static let clockSlack: UnixMilliseconds = 3_600_000

    /// Everything stays for so long; 1 to 36500.
    package let days: Int
    /// The first good backup stays of so many ISO weeks that have one, the newest of them.
    package let weekly: Int
    /// The same of months.
    package let monthly: Int

    package init(days: Int, weekly: Int = 0, monthly: Int = 0) {
        self.days = min(max(1, days), 36_500)
        self.weekly = max(0, weekly)
        self.monthly = max(0, monthly)
    }

    /// Judges every file of the subject's type; those of other types are left out.
    ///
    /// Ages are by the times in the names, in UTC. With `forced` nothing is refused.
    package func plan(
        for backups: [StoredBackup], of subject: RetentionSubject, now: UnixMilliseconds, forced: Bool = false
    ) -> RetentionPlan {
        let ofType = backups.filter { $0.name.type == subject.type }.sorted { $0.name < $1.name }
        let rules = RetentionRules(policy: self, subject: subject, backups: ofType, now: now)
        let decisions = ofType.map(rules.decision)
        return RetentionPlan(decisions: decisions, refusal: forced ? nil : rules.refusal(of: decisions))
    }
}

/// One database of one host, whose backups are told from all others: the one classification that retention, restores, suspicion,
/// tasks and pages use.
package struct RetentionSubject: Sendable, Equatable {
    package let type: BackupType
    /// The database's identity, as in manifests.
    package let database: String
    /// Who backs it up: another host's backup of what has the same name here may be of something else.
    package let host: String

    package init(type: BackupType, database: String, host: String = Self.thisHost) {
        self.type = type
        self.database = database
        self.host = host
    }

    package static var thisHost: String { ProcessInfo.processInfo.hostName }

    func has(_ manifest: Manifest) -> Bool {
        manifest.type == type && manifest.database == database && manifest.host == host
    }

    /// Why a file counts nowhere as a backup of this database; nil where it does.
    func objection(to backup: StoredBackup, now: UnixMilliseconds) -> String? {
        switch backup.manifest {
        case .missing: return "it has no manifest of this program"
        case .damaged: return "its manifest is damaged or newer than this program, so nothing tells what it is"
        case .read(let manifest):
            if manifest.formatVersion > Manifest.knownFormat {
                return "its manifest has format \(manifest.formatVersion), which this program does not know"
            }
            if manifest.type != type || manifest.database != database {
                return "it is of another database, \(manifest.database)"
            }
            if manifest.host != host { return "it is of another host, \(manifest.host)" }
            if backup.signature == .wrong { return "its signature is wrong" }
            if backup.signature == .others { return "it is signed by another installation" }
            return backup.isOfTheFuture(now: now) ? "its name is of the future" : nil
        }
    }

    /// The backups of this database that count, oldest first.
    package func own(among backups: [StoredBackup], now: UnixMilliseconds) -> [StoredBackup] {
        backups.filter { objection(to: $0, now: now) == nil }.sorted { $0.name < $1.name }
    }

    /// Those of them that a restore may choose.
    package func good(among backups: [StoredBackup], now: UnixMilliseconds) -> [StoredBackup] {
        own(among: backups, now: now).filter(\.isGood)
    }
}

extension StoredBackup {
    /// Whether a clock was wrong when it was made, or is wrong now.
    package func isOfTheFuture(now: UnixMilliseconds) -> Bool { name.time > now + RetentionPolicy.clockSlack }
}
