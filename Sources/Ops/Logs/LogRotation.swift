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
    private let serviceDays: Int
    private let now: @Sendable () -> UnixMilliseconds
    private let before: @Sendable (RotationPoint) throws -> Void

    /// `serviceDays` is for how many days service logs are kept.
    package init(folder: URL, serviceDays: Int, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.init(folder: folder, serviceDays: serviceDays, now: now, before: { _ in })
    }

    init(
        folder: URL, serviceDays: Int, now: @escaping @Sendable () -> UnixMilliseconds,
        before: @escaping @Sendable (RotationPoint) throws -> Void
    ) {
        self.folder = LogFolder(url: folder)
        self.serviceDays = serviceDays
        self.now = now
        self.before = before
    }

    /// What `run` would do now.
    ///
    /// - Throws: `LogFault`.
    package func plan(force: Bool = false) throws -> [RotationStep] {
        RotationPlan(try folder.files(), now: now(), serviceDays: serviceDays, force: force).steps
    }

    /// Does it; a file that cannot be rotated keeps no other from it.
    ///
    /// - Throws: `LogFault.folderUnusable`, or `JournalFault.busy` where another rotation runs.
    package func run(force: Bool = false) throws -> LogRotationReport {
        guard FileManager.default.fileExists(atPath: folder.url.path) else { return LogRotationReport() }
        let lock = try JobLock("log-rotation", exclusive: true, in: folder.url)
        defer { lock.release() }
        var report = LogRotationReport()
        for step in try plan(force: force) {
            do {
                if try take(step) { report.done.append(step) } else { report.postponed.append(step) }
            } catch let fault as LogFault {
                report.failures.append(fault)
            }
        }
        if !report.done.isEmpty { try folder.sync() }
        return report
    }

    /// False where it has to wait.
    private func take(_ step: RotationStep) throws -> Bool {
        switch step {
        case .discard(let name), .remove(let name):
            try before(.remove(name))
            try folder.remove(name)
        case .rename(let name, let other):
            try before(.rename(name))
            try folder.rename(name, to: other)
        case .compress(let name):
            return try LogCompression(folder: folder, before: before).run(name)
        }
        return true
    }
}

/// What a rotation did.
package struct LogRotationReport: Sendable, Equatable {
    package internal(set) var done: [RotationStep] = []
    /// Still written to by somebody; a later rotation takes them.
    package internal(set) var postponed: [RotationStep] = []
    package internal(set) var failures: [LogFault] = []
}
