import Candles
import Foundation
import TestSupport
import Testing

@testable import Backup

private typealias Sample = RetentionSample

/// Any history under any policy, against what must hold whatever the rules are.
@Suite("RetentionPolicy: random histories") struct RetentionHistoryTests {
    private static let now = UnixMilliseconds(1_795_226_400_000)
    private static let seeds = UInt64(1)...200

    private struct History {
        var backups: [StoredBackup] = []
        let policy: RetentionPolicy
        let subject = Sample.subject

        init(_ random: inout SeededGenerator) {
            policy = RetentionPolicy(
                days: .random(in: 1...30, using: &random), weekly: .random(in: 0...6, using: &random),
                monthly: .random(in: 0...4, using: &random))
            let subjects = [
                subject, subject, RetentionSubject(type: .sqlite, database: "sqlite:/other.db", host: "h"),
                RetentionSubject(type: .postgres, database: "postgres:h:5432/candles", host: "h"),
            ]
            let reach = Int64.random(in: 1...200, using: &random)
            let future = Int64.random(in: 0...9, using: &random) == 0 ? reach * Sample.day : Sample.hour
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let age = Int64.random(in: -future...reach * Sample.day, using: &random)
                let state = Bool.random(using: &random) ? .good : Sample.State.allCases.randomElement(using: &random)
                let occasion =
                    Bool.random(using: &random) ? .scheduled : BackupOccasion.allCases.randomElement(using: &random)
                backups.append(
                    Sample.backup(
                        at: RetentionHistoryTests.now - age, state ?? .good, occasion ?? .manual,
                        of: subjects.randomElement(using: &random) ?? subject))
            }
            // Two files have never the same name.
            backups = Dictionary(backups.map { ($0.name, $0) }) { first, _ in first }.values.sorted {
                $0.name < $1.name
            }
        }

        func plan(_ policy: RetentionPolicy? = nil, forced: Bool = true) -> RetentionPlan {
            (policy ?? self.policy).plan(for: backups, of: subject, now: now, forced: forced)
        }

        /// The subject's good ones that were made for their own sake, oldest first.
        var counted: [StoredBackup] {
            good.filter { [.scheduled, .manual].contains($0.known?.occasion) }
        }

        /// The subject's good ones, without those of the future, oldest first.
        var good: [StoredBackup] {
            backups.filter {
                guard let manifest = $0.known, manifest.formatVersion == 1 else { return false }
                return $0.isGood && manifest.database == subject.database && $0.name.type == subject.type
                    && $0.name.time <= now + Sample.hour
            }
        }

        func age(_ backup: StoredBackup) -> Double { Double(now - backup.name.time) / Double(Sample.day) }
    }

    @Test func `whatever happened, what matters stays`() async throws {
        for seed in Self.seeds {
            // Others have tests that must be in time.
            await Task.yield()
            var random = SeededGenerator(seed: seed)
            let history = History(&random)
            let note: Comment = "seed \(seed)"
            let plan = history.plan()
            let kept = plan.kept
            let ofType = history.backups.filter { $0.name.type == .sqlite }
            try #require(plan.decisions.map(\.backup) == ofType, note)
            #expect(plan.decisions.allSatisfy { !$0.reason.isEmpty }, note)
            for good in [history.good, history.counted] {
                #expect(good.last.map { kept.contains($0.name) } != false, note)
                #expect(good.count { kept.contains($0.name) } >= min(3, good.count), note)
            }
            #expect(history.counted.suffix(3).allSatisfy { kept.contains($0.name) }, note)
            let covering = history.counted.last { history.age($0) > Double(history.policy.days) }
            #expect(covering.map { kept.contains($0.name) } != false, note)
            for backup in ofType where !kept.contains(backup.name) {
                let manifest = try #require(backup.known, note)
                #expect(manifest.formatVersion == 1 && manifest.database == history.subject.database, note)
                #expect(history.age(backup) > Double(history.policy.days), note)
                #expect(history.counted.count >= 3, note)
                if manifest.occasion == .beforeRestore || manifest.occasion == .beforeMigration {
                    #expect(history.age(backup) > 7, note)
                }
            }
        }
    }

    @Test func `the first good one of each week and month stays`() async throws {
        for seed in Self.seeds {
            // Others have tests that must be in time.
            await Task.yield()
            var random = SeededGenerator(seed: seed)
            let history = History(&random)
            let kept = history.plan().kept
            var calendar = Calendar(identifier: .iso8601)
            calendar.timeZone = .gmt
            for (span, count) in [
                (Calendar.Component.weekOfYear, history.policy.weekly), (.month, history.policy.monthly),
            ] {
                let groups = Dictionary(grouping: history.counted) { backup in
                    calendar.dateInterval(
                        of: span, for: Date(timeIntervalSince1970: Double(backup.name.time / 1000)))?.start
                        ?? .distantPast
                }
                for start in groups.keys.sorted().suffix(count) {
                    let first = try #require(groups[start]?.min { $0.name < $1.name })
                    #expect(kept.contains(first.name), "seed \(seed), \(first.name.file)")
                }
            }
        }
    }

    @Test func `rules only ever add to what is kept`() async {
        for seed in Self.seeds {
            // Others have tests that must be in time.
            await Task.yield()
            var random = SeededGenerator(seed: seed)
            let history = History(&random)
            let policy = history.policy
            func kept(_ days: Int, _ weekly: Int, _ monthly: Int) -> Set<BackupName> {
                history.plan(RetentionPolicy(days: days, weekly: weekly, monthly: monthly)).kept
            }
            let all = kept(policy.days, policy.weekly, policy.monthly)
            let union = kept(policy.days, policy.weekly, 0).union(kept(policy.days, 0, policy.monthly))
            #expect(all == union, "seed \(seed)")
            #expect(kept(policy.days + 1, policy.weekly, policy.monthly).isSuperset(of: all), "seed \(seed)")
            #expect(kept(policy.days, policy.weekly + 1, policy.monthly + 1).isSuperset(of: all), "seed \(seed)")
        }
    }

    @Test func `a second run removes nothing, and a refused one neither`() async {
        for seed in Self.seeds {
            // Others have tests that must be in time.
            await Task.yield()
            var random = SeededGenerator(seed: seed)
            var history = History(&random)
            let plan = history.plan(forced: false)
            let lost = history.counted.count { backup in
                plan.decisions.contains { $0.backup == backup && $0.verdict == .remove }
            }
            let known = history.backups.filter { $0.known.map(history.subject.has) == true }
            let isEarly = known.contains { $0.name.time > Self.now + Sample.hour }
            #expect((plan.refusal != nil) == (isEarly || lost * 2 > history.counted.count), "seed \(seed)")
            #expect(plan.refusal == nil || plan.removals.isEmpty, "seed \(seed)")
            #expect(history.plan().refusal == nil, "seed \(seed)")
            #expect(history.plan().decisions == plan.decisions, "seed \(seed)")
            let removed = history.plan().removals.map(\.backup)
            history.backups.removeAll { removed.contains($0) }
            #expect(history.plan().removals.isEmpty, "seed \(seed)")
            #expect(history.plan(forced: false).decisions.allSatisfy { $0.verdict == .keep }, "seed \(seed)")
        }
    }
}
