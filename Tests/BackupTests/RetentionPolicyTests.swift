import Candles
import Testing

@testable import Backup

private typealias Sample = RetentionSample

@Suite("RetentionPolicy") struct RetentionPolicyTests {
    /// A Saturday, 02:00.
    private static let now = UnixMilliseconds(1_795_226_400_000)
    private static let week = RetentionPolicy(days: 7)

    private func at(_ days: Double) -> UnixMilliseconds { Self.now - UnixMilliseconds(days * Double(Sample.day)) }

    /// One good backup on each of these days before now.
    private func good(_ days: some Sequence<Int>) -> [StoredBackup] {
        days.map { Sample.backup(at: at(Double($0))) }
    }

    private func plan(
        _ backups: [StoredBackup], _ policy: RetentionPolicy = week, forced: Bool = false
    ) -> RetentionPlan {
        policy.plan(for: backups, of: Sample.subject, now: Self.now, forced: forced)
    }

    /// The decision on one more file beside those.
    private func decision(
        on backup: StoredBackup, beside others: [StoredBackup], _ policy: RetentionPolicy = week
    ) -> RetentionDecision? {
        plan(others + [backup], policy, forced: true).decisions.first { $0.backup == backup }
    }

    @Test func `there is one decision for each file of the type, oldest first`() {
        let other = Sample.backup(
            at: Self.now, of: RetentionSubject(type: .journal, database: "sqlite:/journal.db", host: "h"))
        let plan = plan(good([3, 0, 9, 1, 30]) + [other])
        #expect(plan.decisions.map(\.backup) == good([30, 9, 3, 1, 0]))
        #expect(plan.removals.map(\.backup) == good([30]))
        #expect(self.plan([]).decisions.isEmpty)
    }

    @Test(
        arguments: [
            (0, true), (6.9, true), (7, true), (-0.02, true), (7.0001, false), (8, false), (4000, false),
        ] as [(Double, Bool)]) func `whatever is not older than the window stays`(age: Double, stays: Bool)
    {
        // One that is a bit older than the window is there already.
        let others = good([1, 2, 3]) + [Sample.backup(at: at(7 + 0.5 / 86_400.0))]
        let decision = decision(on: Sample.backup(at: at(age)), beside: others)
        #expect(decision?.verdict == (stays ? .keep : .remove))
        #expect(
            decision?.reason == (stays ? "not older than 7 days" : "older than 7 days, and newer good ones are there"))
    }

    @Test func `the newest three good ones stay, however old they are`() {
        let plan = plan(good([100, 90, 80, 70, 60]), forced: true)
        #expect(plan.removals.map(\.backup) == good([100, 90]))
        #expect(plan.decisions.last?.reason == "one of the newest 3 good ones")
        for count in 1...3 { #expect(self.plan(good((1...count).map { $0 * 50 })).removals.isEmpty) }
    }

    @Test func `the newest good one that is older than the window stays, so that the window is covered`() {
        let plan = plan(good([0, 1, 2, 3, 9, 10]))
        #expect(plan.removals.map(\.backup) == good([10]))
        #expect(plan.decisions[1].reason == "the newest good one that is older than 7 days")
    }

    @Test func `one day is spelt as one`() {
        let plan = plan(good([0, 1, 2, 3, 4]), RetentionPolicy(days: 1))
        #expect(plan.decisions.map(\.reason).first == "older than 1 day, and newer good ones are there")
        #expect(plan.decisions.map(\.reason).last == "not older than 1 day")
    }

    @Test(arguments: [
        (RetentionSample.State.failed, "it failed its verification"), (.unverified, "it was never verified"),
        (.suspicious, "suspicious: far fewer rows"),
    ]) func `one that is not good goes when it is old, and three good ones are there`(
        state: RetentionSample.State, reason: String
    ) {
        let old = Sample.backup(at: at(8), state)
        #expect(decision(on: old, beside: good([0, 1, 2]))?.reason == "older than 7 days, and \(reason)")
        #expect(decision(on: old, beside: good([0, 1, 2]))?.verdict == .remove)
        #expect(decision(on: old, beside: good([0, 1]))?.verdict == .keep)
        #expect(decision(on: old, beside: good([0, 1]))?.reason == "fewer than 3 good ones are there")
        #expect(decision(on: Sample.backup(at: at(7), state), beside: good([0, 1, 2]))?.verdict == .keep)
    }

    @Test func `one that is not good does not count`() {
        let others = [1.0, 2, 3, 4].map { Sample.backup(at: at($0), .failed) } + good([0, 20, 30, 40])
        #expect(plan(others, forced: true).removals.map(\.backup) == good([40]))
    }

    @Test(arguments: [
        (BackupOccasion.beforeRestore, "made before a restore"), (.beforeMigration, "made before a migration"),
    ]) func `a way back stays for a week, or for the window where that is longer`(
        occasion: BackupOccasion, reason: String
    ) {
        func verdict(_ age: Double, _ days: Int) -> RetentionDecision.Verdict? {
            let backup = Sample.backup(at: at(age), .good, occasion)
            return decision(on: backup, beside: good(0...40), RetentionPolicy(days: days))?.verdict
        }
        #expect(
            [verdict(7, 1), verdict(7.01, 1), verdict(29, 30), verdict(30.01, 30)] == [.keep, .remove, .keep, .remove])
        let old = Sample.backup(at: at(8), .good, occasion)
        #expect(decision(on: old, beside: good([0, 1, 2]))?.reason == "older than 7 days, \(reason)")
    }

    @Test func `a way back never makes another one unneeded`() {
        let waysBack = [0.1, 0.2, 0.3, 9].map { Sample.backup(at: at($0), .good, .beforeMigration) }
        #expect(plan(waysBack + good([20, 30, 40])).removals.map(\.backup) == [waysBack[3]])
        // It stays where too few others are there.
        #expect(plan(waysBack + good([20, 30])).removals.isEmpty)
    }

    @Test(arguments: [
        (RetentionSample.State.withoutManifest, "it has no manifest of this program"),
        (.damaged, "its manifest is damaged or newer than this program, so nothing tells what it is"),
        (.newerFormat, "its manifest has format 2, which this program does not know"),
    ]) func `what cannot be read is never removed, and does not count`(
        state: RetentionSample.State, reason: String
    ) {
        let backups = [1.0, 2, 3, 500].map { Sample.backup(at: at($0), state) } + good([0, 20, 30, 40])
        let plan = plan(backups, forced: true)
        #expect(plan.removals.map(\.backup) == good([40]))
        #expect(plan.decisions.first?.reason == reason)
    }

    @Test func `backups of another database are left alone, and do not count`() {
        let other = RetentionSubject(type: .sqlite, database: "sqlite:/other.db", host: "h")
        let others = [0.1, 1.1, 2.1, 50.1, 60.1].map { Sample.backup(at: at($0), of: other) }
        let plan = plan(others + good([0, 20, 30, 40]), forced: true)
        #expect(plan.removals.map(\.backup) == good([40]))
        #expect(plan.decisions.first?.reason == "it is of another database, sqlite:/other.db")
        // A manifest that contradicts the file's name is as good as another's.
        let torn = StoredBackup(
            name: BackupName(.sqlite, at: at(50)), bytes: 4,
            manifest: .read(
                Sample.manifest(
                    BackupName(.sqlite, at: at(50)), .good, .scheduled,
                    RetentionSubject(type: .journal, database: Sample.subject.database, host: "h"))))
        #expect(decision(on: torn, beside: good(0...9))?.verdict == .keep)
    }

    @Test func `more than half of the good ones are never removed at once, unless forced`() {
        #expect(plan(good([0, 1, 2, 3, 20, 30, 40])).refusal == nil)
        let half = good([0, 1, 20, 30, 40, 50])
        #expect(plan(half).removals.map(\.backup) == good([50, 40, 30]))
        let more = good([0, 1, 20, 30, 40, 50, 60])
        #expect(plan(more).removals.isEmpty)
        #expect(plan(more).decisions.count { $0.verdict == .remove } == 4)
        #expect(
            plan(more).refusal == "it would remove 4 of 7 good backups of sqlite:/candles.db, more than half")
        #expect(plan(more, forced: true).removals.map(\.backup) == good([60, 50, 40, 30]))
        // Failed ones neither help nor hinder.
        let failed = (10...40).map { Sample.backup(at: at(Double($0) + 0.5), .failed) }
        #expect(plan(half + failed).removals.count == 34)
        #expect(plan(more + failed).removals.isEmpty)
    }

    @Test func `nothing is removed while the clock says less than the newest name, unless forced`() {
        let late = Sample.backup(at: Self.now + Sample.hour + 1000)
        let backups = good([0, 1, 2, 3, 20, 30])
        #expect(plan(backups + [Sample.backup(at: Self.now + Sample.hour)]).removals.map(\.backup) == good([30]))
        #expect(plan(backups + [late]).removals.isEmpty)
        #expect(
            plan(backups + [late]).refusal
                == "the clock says 2026-11-21T02:00:00Z, but sqlite_backup_20261121_030001.db.gz is newer: "
                + "one of the two is wrong")
        #expect(plan(backups + [late], forced: true).removals.map(\.backup) == good([30]))
        #expect(plan(backups + [late], forced: true).decisions.last?.reason == "its name is of the future")
        // It does not take the place of one that is there.
        let future = [1.0, 2, 3].map { Sample.backup(at: Self.now + UnixMilliseconds($0) * Sample.day) }
        #expect(plan(future + good([20, 30, 40, 50]), forced: true).removals.map(\.backup) == good([50]))
    }

    @Test(arguments: [RetentionSample.State.withoutManifest, .damaged])
    func `a name of the future without a manifest says nothing of the clock`(state: RetentionSample.State) {
        let odd = Sample.backup(at: Self.now + 9000 * Sample.day, state)
        #expect(plan(good([0, 1, 2, 3, 20, 30]) + [odd]).removals.map(\.backup) == good([30]))
    }
}
