import Candles
import Foundation
import NIOConcurrencyHelpers
import TestSupport

@testable import Backup

private typealias Sample = RetentionSample

/// A year of nights in Berlin on a real folder: backups that succeed, fail, or never come, clocks that jump, runs that are killed, and
/// a person who removes files by hand, and who answers a refusal on its third night.
struct SimulatedYear {
    static let days = 7
    static let quietNights = 20

    /// What one run of retention met, and what it left.
    struct Removal {
        let plan: RetentionPlan?
        let new: BackupName
        let before: [StoredBackup]
        let after: [StoredBackup]
    }

    struct Killed: Error {}

    let scratch: ScratchFolder
    private(set) var refusedNights = 0
    private(set) var killedRuns = 0
    private(set) var largest = 0
    private var random: SeededGenerator
    private var outage = 0
    private var refusals = 0

    private var folder: BackupFolder { BackupFolder(scratch.url) }

    init(seed: UInt64) throws {
        scratch = try ScratchFolder()
        random = SeededGenerator(seed: seed)
    }

    /// 02:00 in Berlin, and up to five minutes; where that hour is left out, 03:00.
    static func nights() -> [UnixMilliseconds] {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "Europe/Berlin") ?? .gmt
        let start = calendar.date(from: DateComponents(year: 2026, month: 1, day: 1)) ?? .distantPast
        return (0..<365).compactMap { day in
            let morning = calendar.date(byAdding: .day, value: day, to: start) ?? start
            let night = calendar.date(bySettingHour: 2, minute: 0, second: 0, of: morning)
            return night.map { UnixMilliseconds($0.timeIntervalSince1970) * 1000 }
        }
    }

    /// One night; nil where nothing was to be removed in it.
    mutating func night(_ index: Int, at time: UnixMilliseconds) throws -> Removal? {
        let isQuiet = index >= 365 - Self.quietNights
        if !isQuiet, stayedOff() { return nil }
        let time = time + .random(in: 0..<300, using: &random) * 1000
        let now = isQuiet || !happens(25) ? time : time + jump()
        try FolderJanitor(folder) { _ in }.clean()
        defer { largest = max(largest, (try? readable()) ?? .max) }
        let removal = try backUp(at: now, isQuiet)
        if let plan = removal?.plan {
            refusals = plan.refusal == nil ? 0 : refusals + 1
            if plan.refusal != nil { refusedNights += 1 }
        }
        if !isQuiet { try meddle(at: now) }
        try answer(at: time)
        return removal
    }

    /// Backups with a manifest.
    func readable() throws -> Int { try folder.backups().count { $0.known != nil } }

    func good() throws -> [StoredBackup] { try folder.backups().filter(\.isGood) }

    private mutating func happens(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }

    private mutating func stayedOff() -> Bool {
        if outage == 0, happens(60) { outage = .random(in: 1...12, using: &random) }
        outage = max(0, outage - 1)
        return outage > 0
    }

    private mutating func jump() -> UnixMilliseconds {
        [3 * Sample.day, 30 * Sample.day, 400 * Sample.day, -Sample.hour / 2, -2 * Sample.day, -40 * Sample.day]
            .randomElement(using: &random) ?? 0
    }

    private mutating func backUp(at now: UnixMilliseconds, _ isQuiet: Bool) throws -> Removal? {
        let state: RetentionSample.State? =
            switch isQuiet ? 99 : Int.random(in: 0..<100, using: &random) {
            case 0..<10: nil
            case 10..<15: .failed
            case 15..<18: .suspicious
            default: .good
            }
        guard let state else {
            // Killed while it wrote.
            try Data("da".utf8).write(to: scratch.url.appending(path: ".partial.\(BackupName(.sqlite, at: now).file)"))
            return nil
        }
        let new = try write(at: now, state)
        return state == .good ? try retain(after: new, at: now, isQuiet) : nil
    }

    /// Under the first name that is free.
    private func write(
        at now: UnixMilliseconds, _ state: RetentionSample.State, _ occasion: BackupOccasion = .scheduled
    ) throws -> Manifest {
        var time = now
        while FileManager.default.fileExists(atPath: folder.path(BackupName(.sqlite, at: time).file)) { time += 1000 }
        return try Sample.write(to: scratch.url, at: time, state, occasion)
    }

    /// Forced by a person on the fourth night of refusals.
    private mutating func retain(after new: Manifest, at now: UnixMilliseconds, _ isQuiet: Bool) throws -> Removal? {
        let before = try folder.backups()
        let life = !isQuiet && happens(10) ? Int.random(in: 0...2, using: &random) : .max
        let steps = NIOLockedValueBox(life)
        let run = RetentionRun(
            folder, policy: RetentionPolicy(days: Self.days),
            checkpoint: { _ in
                let left = steps.withLockedValue { left in
                    left -= 1
                    return left
                }
                if left < 0 { throw Killed() }
            },
            emit: { _ in })
        var plan: RetentionPlan?
        do {
            plan = try run.apply(after: new, now: now, forced: refusals >= 3)
        } catch is Killed {
            killedRuns += 1
        }
        guard let name = BackupName(file: new.file) else { return nil }
        return Removal(plan: plan, new: name, before: before, after: try folder.backups())
    }

    /// What else people and programs do in the folder.
    private mutating func meddle(at now: UnixMilliseconds) throws {
        if happens(40) { _ = try write(at: now + Sample.hour, .good, .beforeMigration) }
        if happens(30) { _ = try write(at: now + 2 * Sample.hour, .good, .manual) }
        guard happens(20), let victim = try folder.backups().randomElement(using: &random) else { return }
        if Bool.random(using: &random) { try folder.remove(victim.name.file) }
        if Bool.random(using: &random) { try folder.remove(victim.name.manifest) }
    }

    /// A person removes names of the future by hand, once a clock was wrong for three nights.
    private func answer(at time: UnixMilliseconds) throws {
        guard refusals >= 3 else { return }
        for backup in try folder.backups() where backup.name.time > time + Sample.hour {
            try folder.remove(backup.name.file)
            try folder.remove(backup.name.manifest)
        }
    }
}
