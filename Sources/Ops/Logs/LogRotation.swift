package import Candles
package import Foundation
import Journal

/// A change that is about to be made; whatever ends the process between two of them, nothing is lost.
enum RotationPoint: Sendable, Equatable {
    case rename(String)
    case write(String)
    case verify(String)
    case publish(String)
    case remove(String)
}

/// Rotates the logs of a folder: renames what is due, compresses what was renamed before that, removes what is past its time.
///
/// Whoever writes opens its file anew by itself (`ReopeningFile`); nothing is ever copied and cut. Blocks on files.
package struct LogRotation: Sendable {
    private let folder: LogFolder
    private let days: Int
    private let now: @Sendable () -> UnixMilliseconds
    private let before: @Sendable (RotationPoint) throws -> Void

    /// `days` is `LOG_ROTATION_DAYS`: for how many days what was rotated is kept.
    package init(folder: URL, days: Int, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.init(folder: folder, days: days, now: now, before: { _ in })
    }

    init(
        folder: URL, days: Int, now: @escaping @Sendable () -> UnixMilliseconds,
        before: @escaping @Sendable (RotationPoint) throws -> Void
    ) {
        self.folder = LogFolder(url: folder)
        self.days = days
        self.now = now
        self.before = before
    }

    /// What `run` would do now, and what it would tell.
    ///
    /// `ages` is the time by which files are past theirs; `now` where none is given.
    ///
    /// - Throws: `LogFault`.
    package func plan(
        force: Bool = false, ages: UnixMilliseconds? = nil
    ) throws -> (steps: [RotationStep], notice: String?) {
        let files = try folder.files()
        let now = now()
        let memory = RotationMemory(of: folder, files: files, today: RotationPlan.day(now))
        let rules = RotationRules(days: days, keptLongerUntil: memory.keptLongerUntil)
        let plan = RotationPlan(files, now: now, ages: ages ?? now, rules: rules, force: force)
        return (plan.steps, memory.notice(days: days))
    }

    /// The latest time at which anybody wrote to a log here, as the disk has it; nil where there is none.
    package var lastWrite: UnixMilliseconds? { (try? folder.files())?.compactMap(\.changedAt).max() }

    /// Does it; a file that cannot be rotated keeps no other from it.
    ///
    /// - Throws: `LogFault.folderUnusable`, or `JournalFault.busy` where another rotation runs.
    package func run(force: Bool = false, ages: UnixMilliseconds? = nil) throws -> LogRotationReport {
        guard FileManager.default.fileExists(atPath: folder.url.path) else { return LogRotationReport() }
        let lock = try JobLock("log-rotation", exclusive: true, in: folder.url)
        defer { lock.release() }
        var report = LogRotationReport()
        let (steps, notice) = try plan(force: force, ages: ages)
        let memory = RotationMemory(of: folder, files: try folder.files(), today: RotationPlan.day(now()))
        report.notice = notice
        // A full disk needs the rotation most; until a later one can note it, everything keeps its longer time.
        if memory.isNew { try? memory.save(in: folder) }
        for step in steps {
            do {
                if let done = try take(step) { report.done.append(done) } else { report.postponed.append(step) }
            } catch let fault as LogFault {
                report.failures.append(fault)
            }
        }
        if !report.done.isEmpty { try folder.sync() }
        return report
    }

    /// What was done; nil where it has to wait.
    private func take(_ step: RotationStep) throws -> RotationStep? {
        switch step {
        case .discard(let name), .remove(let name):
            try before(.remove(name))
            try folder.remove(name)
        case .rename(let name, let other):
            try before(.rename(name))
            try folder.rename(name, to: other)
        case .compress(let name):
            switch try LogCompression(folder: folder, before: before).run(name) {
            case .done: break
            case .postponed: return nil
            case .moved(let other): return .rename(name, to: other)
            }
        }
        return step
    }
}

/// What a rotation did.
package struct LogRotationReport: Sendable, Equatable {
    package internal(set) var done: [RotationStep] = []
    /// Still written to by somebody; a later rotation takes them.
    package internal(set) var postponed: [RotationStep] = []
    package internal(set) var failures: [LogFault] = []
    /// What a person should know of it.
    package internal(set) var notice: String?
}

/// What a folder of logs remembers of the version before: which files that version was to keep for longer.
///
/// `log-rotation.json` in the folder, made by the first rotation of a version that keeps `bot` and `errors` by `LOG_ROTATION_DAYS`.
struct RotationMemory {
    private struct Document: Codable {
        let kept_30_days_until: String?
    }

    static let file = "log-rotation.json"

    /// Nil where no file keeps a longer time.
    let keptLongerUntil: Int?
    /// Whether the folder was not rotated by such a version yet.
    let isNew: Bool

    /// `files` are those of the folder.
    init(of folder: LogFolder, files: [LogFile], today: Int) {
        guard let data = FileManager.default.contents(atPath: folder.path(Self.file)) else {
            isNew = true
            keptLongerUntil = files.contains { Self.isEarlier($0, than: today) } ? today : nil
            return
        }
        isNew = false
        guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
            // Better too long than too short.
            keptLongerUntil = today
            return
        }
        keptLongerUntil = document.kept_30_days_until.flatMap {
            (try? UnixMilliseconds(iso8601: $0)).map(RotationPlan.day)
        }
    }

    /// - Throws: `LogFault`.
    func save(in folder: LogFolder) throws(LogFault) {
        let day = keptLongerUntil.map { String((UnixMilliseconds($0) * 86_400_000).iso8601.prefix(10)) }
        do {
            let data = try JSONEncoder().encode(Document(kept_30_days_until: day))
            let path = folder.path(Self.file)
            try data.write(to: URL(filePath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw .folderUnusable(path: folder.url.path, reason: (error as NSError).localizedDescription)
        }
    }

    /// What a person is told by the first rotation, where it keeps less than the version before.
    func notice(days: Int) -> String? {
        guard isNew, let last = keptLongerUntil, days < LogClass.longerDays else { return nil }
        let day = (UnixMilliseconds(last) * 86_400_000).iso8601.prefix(10)
        return """
            bot and errors are kept for \(days) days from now on (LOG_ROTATION_DAYS), no longer for \(LogClass.longerDays); what is \
            rotated up to \(day) stays for its \(LogClass.longerDays) days
            """
    }

    private static func isEarlier(_ file: LogFile, than today: Int) -> Bool {
        guard LogClass.keptLonger.contains(file.name.family) else { return false }
        return file.name.turn != nil || file.beganAt.map { RotationPlan.day($0) < today } ?? false
    }
}
