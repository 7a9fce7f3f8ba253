import Candles
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Backup

private typealias Sample = RetentionSample

@Suite("RetentionRun", .timeLimit(.minutes(2))) struct RetentionRunTests {
    private static let now = UnixMilliseconds(1_795_226_400_000)

    private struct Killed: Error {}

    private let scratch: ScratchFolder
    private let events = NIOLockedValueBox<[String]>([])
    private let steps = NIOLockedValueBox<[String]>([])

    init() throws { scratch = try ScratchFolder() }

    /// Writes good backups so many days old, and gives the manifest of the newest one.
    @discardableResult private func write(_ days: Int..., of subject: RetentionSubject = Sample.subject) throws
        -> Manifest
    {
        let manifests = try days.sorted().map {
            try Sample.write(to: scratch.url, at: Self.now - Int64($0) * Sample.day, of: subject)
        }
        return try #require(manifests.first)
    }

    /// A run that ends at its `death`-th step, counted from 1.
    private func run(death: Int = .max) -> RetentionRun {
        RetentionRun(
            BackupFolder(scratch.url), policy: RetentionPolicy(days: 7),
            checkpoint: { [steps] step in
                let count = steps.withLockedValue { steps in
                    steps.append(step)
                    return steps.count
                }
                if count >= death { throw Killed() }
            },
            emit: { [events] event in
                let text: String? =
                    switch event {
                    case .removed(let file, let reason): "\(file): \(reason)"
                    case .retentionRefused(let reason): "refused: \(reason)"
                    default: nil
                    }
                if let text { events.withLockedValue { $0.append(text) } }
            })
    }

    private func names() throws -> [String] { try scratch.url.names() }

    @Test func `data go before their manifest, the oldest first, and each is told`() throws {
        let new = try write(0, 1, 2, 9, 10, 11)
        let plan = try run().apply(after: new, now: Self.now)
        #expect(plan.refusal == nil)
        #expect(
            try BackupFolder(scratch.url).backups().map(\.name.time)
                == [9, 2, 1, 0].map { Self.now - $0 * Sample.day })
        #expect(try names().count == 8)
        let old = ["sqlite_backup_20261110_020000", "sqlite_backup_20261111_020000"]
        #expect(steps.withLockedValue { $0 } == old.flatMap { ["remove \($0).db.gz", "remove \($0).manifest.json"] })
        #expect(
            events.withLockedValue { $0 } == old.map { "\($0).db.gz: older than 7 days, and newer good ones are there" }
        )
    }

    @Test func `a plan changes nothing`() throws {
        try write(0, 1, 2, 9, 10, 11)
        let before = try names()
        let plan = try run().plan(for: Sample.subject, now: Self.now)
        #expect(plan.removals.count == 2)
        #expect(plan.decisions.count == 6)
        #expect(try names() == before)
        #expect(events.withLockedValue { $0.isEmpty })
    }

    @Test(arguments: [RetentionSample.State.failed, .unverified, .suspicious, .withoutManifest, .damaged])
    func `without a good new backup nothing is removed`(state: RetentionSample.State) throws {
        try write(1, 2, 3, 9, 10, 11)
        let new = try Sample.write(to: scratch.url, at: Self.now, state)
        let before = try names()
        #expect(try run().apply(after: new, now: Self.now, forced: true).removals.isEmpty)
        #expect(try names() == before)
        #expect(
            events.withLockedValue { $0 } == [
                "refused: sqlite_backup_20261121_020000.db.gz, the new backup of this run, is not in the folder as a good one"
            ])
    }

    @Test func `what is refused leaves everything in place, until it is forced`() throws {
        let new = try write(0, 20, 30, 40, 50, 60, 70)
        let before = try names()
        let plan = try run().apply(after: new, now: Self.now)
        #expect(plan.removals.isEmpty)
        #expect(try names() == before)
        #expect(events.withLockedValue { $0.first?.hasPrefix("refused: it would remove 4 of 7") } == true)
        #expect(try run().apply(after: new, now: Self.now, forced: true).removals.count == 4)
        #expect(try names().count == 6)
    }

    @Test func `files of other types, databases and names are left alone`() throws {
        try write(30, 31, 32, 33, 34, 35, of: RetentionSubject(type: .sqlite, database: "sqlite:/other.db", host: "h"))
        try write(
            30, 31, 32, 33, 34, 35, of: RetentionSubject(type: .journal, database: Sample.subject.database, host: "h"))
        for name in ["notes.txt", "sqlite_backup_20200101_000000.db.gz.bak", "sqlite_backup_20200101.db.gz"] {
            try Data().write(to: scratch.url.appending(path: name))
        }
        try FileManager.default.createDirectory(
            atPath: scratch.path("sqlite_backup_20200102_000000.db.gz"), withIntermediateDirectories: false)
        let others = try names().filter { !$0.hasPrefix("sqlite_backup_202610") }
        let sameType = try names().count - others.count
        let new = try write(0, 1, 2, 40, 41, 42)
        #expect(try run().apply(after: new, now: Self.now).removals.count == 2)
        #expect(Set(others).isSubset(of: Set(try names())))
        #expect(try names().count == others.count + sameType + 8)
    }

    @Test func `a run that is killed anywhere is finished by the next one`() throws {
        var deaths = 0
        for death in 1... {
            let turn = try Self()
            let new = try turn.write(0, 1, 2, 9, 10, 11, 12)
            do {
                _ = try turn.run(death: death).apply(after: new, now: Self.now)
                break
            } catch is Killed {
                deaths += 1
            }
            // Nothing that stays was touched, and whatever is listed is whole.
            let folder = BackupFolder(turn.scratch.url)
            #expect(try folder.backups().allSatisfy(\.isGood))
            #expect(try folder.backups().count == 7 - death / 2)
            try FolderJanitor(folder) { _ in }.clean()
            #expect(try turn.names().count == 2 * (7 - death / 2))
            #expect(try turn.run().apply(after: new, now: Self.now).refusal == nil)
            #expect(try turn.names().count == 8)
        }
        #expect(deaths == 6)
    }

    @Test func `a file that somebody else removes first is no error`() throws {
        let new = try write(0, 1, 2, 9, 10)
        let folder = BackupFolder(scratch.url)
        let run = RetentionRun(
            folder, policy: RetentionPolicy(days: 7), checkpoint: { try folder.remove(String($0.dropFirst(7))) },
            emit: { _ in })
        #expect(try run.apply(after: new, now: Self.now).removals.count == 1)
        #expect(try names().count == 8)
    }

    @Test func `a cancelled run removes nothing more`() async throws {
        let new = try write(0, 1, 2, 9, 10, 11)
        let run = run()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = try run.apply(after: new, now: Self.now) }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try names().count == 12)
    }

    @Test func `a folder that is not there is a refusal, not an error`() throws {
        let new = try write(0)
        let none = BackupFolder(scratch.url.appending(path: "none"))
        let plan = try RetentionRun(none, policy: RetentionPolicy(days: 7), emit: { _ in }).apply(
            after: new, now: Self.now)
        #expect(plan.refusal != nil)
    }
}
