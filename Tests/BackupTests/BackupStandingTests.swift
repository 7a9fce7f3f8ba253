import Candles
import Testing

@testable import Backup

/// Which files count as backups of a database: one answer for everybody who asks.
@Suite struct BackupStandingTests {
    private typealias Sample = RetentionSample
    private static let now: UnixMilliseconds = 1_790_000_000_000

    private static let strangers: [(String, StoredBackup)] = {
        let subject = Sample.subject
        func of(_ other: RetentionSubject, at time: UnixMilliseconds = now) -> StoredBackup {
            Sample.backup(at: time, of: other)
        }
        return [
            ("another database", of(RetentionSubject(type: subject.type, database: "sqlite:/other.db", host: "h"))),
            ("another host", of(RetentionSubject(type: subject.type, database: subject.database, host: "other"))),
            ("another type", of(RetentionSubject(type: .journal, database: subject.database, host: "h"))),
            ("the future", of(subject, at: now + 2 * Sample.hour)),
            ("a far future", of(subject, at: now + 1500 * Sample.day)),
            ("without manifest", Sample.backup(at: now, .withoutManifest)),
            ("damaged", Sample.backup(at: now, .damaged)),
            ("a newer format", Sample.backup(at: now, .newerFormat)),
        ]
    }()

    @Test(arguments: strangers) func `what retention calls foreign or future counts nowhere`(
        name: String, backup: StoredBackup
    ) throws {
        let ours = Sample.backup(at: Self.now - Sample.day)
        #expect(Sample.subject.objection(to: backup, now: Self.now) != nil)
        #expect(Sample.subject.good(among: [ours, backup], now: Self.now) == [ours])
        let plan = RetentionPolicy(days: 1).plan(for: [ours, backup], of: Sample.subject, now: Self.now, forced: true)
        #expect(plan.removals.isEmpty)
    }

    @Test func `a clock that is wrong by less than an hour makes nobody a stranger`() {
        let backup = Sample.backup(at: Self.now + Sample.hour / 2)
        #expect(Sample.subject.good(among: [backup], now: Self.now) == [backup])
    }
}
