import Foundation
import Journal
import Logs
import Ops

/// Rotates the logs; one that cannot be rotated keeps no other from it, and is the failure of the task.
enum LogRotationTask {
    static func run(_ rotation: LogRotation) async throws -> TaskResult {
        do {
            let report = try await onThreadOfItsOwn { try rotation.run() }
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
