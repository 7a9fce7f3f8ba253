/// The names of the jobs that we know, as runs and locks have them; a run of another version may have another.
package enum JobName: String, Sendable, CaseIterable {
    case backfill, realtime, stream, audit, backup
    case gapRepair = "gap-repair"
    case backupVerify = "backup-verify"
    /// The scheduler's runs, whose series is the task's name.
    case task

    /// Whether it fetches candles.
    package var isCycle: Bool {
        switch self {
        case .backfill, .realtime, .stream, .gapRepair, .audit: true
        case .backup, .backupVerify, .task: false
        }
    }

    /// Whether a timer may start it; the others are a person's, or the scheduler's.
    package var isTimed: Bool {
        switch self {
        case .realtime, .gapRepair, .backfill, .backup, .backupVerify: true
        case .stream, .audit, .task: false
        }
    }
}

/// The services of ours that beat in the journal.
package enum ServiceName: String, Sendable, CaseIterable { case ops, stream }

/// How runs end, as the journal has it; a failed backup has the code of its fault instead.
package enum RunOutcome: String, Sendable, CaseIterable {
    case complete, partial, done, idle, stopped, suspect, unavailable, failed, overdue
    case rateLimited = "rate-limited"
    /// The process is gone without having said how it ended.
    case killed

    /// Whether it is none of a failure: done, held back, stopped, or nothing to do.
    package var isGood: Bool {
        switch self {
        case .complete, .partial, .rateLimited, .done, .idle, .stopped: true
        case .suspect, .unavailable, .failed, .overdue, .killed: false
        }
    }

    /// Whether it left nothing to do.
    package var isWhole: Bool {
        switch self {
        case .complete, .done, .idle: true
        case .partial, .rateLimited, .stopped, .suspect, .unavailable, .failed, .overdue, .killed: false
        }
    }
}

extension Sequence where Element: RawRepresentable<String> {
    /// As the values of a list in SQL.
    var quoted: String { map { "'\($0.rawValue)'" }.joined(separator: ", ") }
}
