import Journal
import Ops

/// Rotates the logs; one that cannot be rotated keeps no other from it, and is the failure of the task.
enum LogRotationTask {
    static func run(_ rotation: LogRotation) throws -> TaskResult {
        do {
            let report = try rotation.run()
            if let failure = report.failures.first { throw failure }
            return report.done.isEmpty ? .idle("no log is due") : .done("\(report.done.count) steps")
        } catch JournalFault.busy {
            return .idle("another rotation is at work")
        }
    }
}
