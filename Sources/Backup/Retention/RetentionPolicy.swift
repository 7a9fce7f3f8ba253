package import Candles

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
