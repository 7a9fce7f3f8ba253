import Foundation
import Journal
import Logging
import Logs
import Scheduler

/// Rotates the logs; one that cannot be rotated keeps no other from it, and is the failure of the task.
enum LogRotationTask {
    static func run(_ parts: Composition, _ logger: Logger) async throws -> TaskResult {
        let rotation = parts.logRotation
        let ages = await parts.ages(of: rotation)
        do {
            let report = try await onThreadOfItsOwn { try rotation.run(ages: ages) }
            if let notice = report.notice { logger.notice("\(notice)") }
            if let failure = report.failures.first { throw failure }
            return report.done.isEmpty ? .idle("no log is due") : .done("\(report.done.count) steps")
        } catch JournalFault.busy {
            return .idle("another rotation is at work")
        }
    }

    /// Compression would hold a thread that all tasks share, for as long as the files are large.
    private static func onThreadOfItsOwn<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }
}
