package import ArgumentParser
import Resilience

/// What a command's exit code means; systemd units and scripts act on it.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case complete = 0
    case unhealthy = 1
    /// Something is left to do, and the next run does it.
    case partial = 10
    case rateLimited = 11
    case suspect = 12
    case usage = 64
    case unavailable = 69
    case bug = 70
    case storage = 74
    case busy = 75
    case configuration = 78
    /// A restore failed, and the database is as before.
    case rolledBack = 20
    /// A restore failed, and could not be undone; the message has what a person must do.
    case notRolledBack = 21

    package var exitCode: ExitCode { ExitCode(rawValue) }

    /// The status of an error that ended a command: by its stable code; what is not in the table is a bug.
    package init(ending error: any Error) {
        if error is CancellationError {
            self = .partial
        } else if let fault = error as? any Fault {
            self = Self.byFaultCode[fault.code] ?? .bug
        } else {
            self = .bug
        }
    }

    /// Every fault code of the program.
    ///
    /// Each has a heading in `docs/RUNBOOK.md`; a test holds both to the sources.
    package static let byFaultCode: [String: ExitStatus] = [
        "symbol-malformed": .usage,
        "symbol-funding": .usage,
        "symbol-unknown": .usage,
        "timeframe-unknown": .usage,
        "timeframe-derived": .usage,
        "series-malformed": .usage,
        "series-not-kept": .usage,
        "series-without-history": .unavailable,
        "series-busy": .busy,
        "time-malformed": .usage,
        "range-in-future": .usage,
        "range-reversed": .usage,
        "options-conflict": .usage,
        "declined": .usage,
        "settings-wrong": .configuration,
        "host-clock-ahead": .unavailable,
        "systemd-unreachable": .unavailable,
        "units-not-linked": .unavailable,
        "timers-refused": .unavailable,
        "env-file-not-written": .storage,
        "export-not-written": .storage,
        "export-refused": .usage,
        "output-not-written": .storage,
        "replay-port": .unavailable,
        "replay-data": .unavailable,
        "bitfinex-rate-limited": .rateLimited,
        "bitfinex-banned": .rateLimited,
        "budget-wait-too-long": .rateLimited,
        "bitfinex-unavailable": .unavailable,
        "bitfinex-forbidden": .unavailable,
        "bitfinex-refused": .unavailable,
        "bitfinex-malformed": .unavailable,
        "bitfinex-unproven": .suspect,
        "bitfinex-stale": .partial,
        "bitfinex-row-unreadable": .suspect,
        "circuit-open": .unavailable,
        "transport-timeout": .unavailable,
        "transport-unreachable": .unavailable,
        "transport-too-large": .unavailable,
        "websocket-refused": .unavailable,
        "websocket-unreachable": .unavailable,
        "websocket-timeout": .unavailable,
        "websocket-closed": .unavailable,
        "websocket-too-large": .unavailable,
        "websocket-overrun": .unavailable,
        "websocket-malformed": .unavailable,
        "journal-unreadable": .storage,
        "journal-newer": .configuration,
        "breaker-settings-invalid": .configuration,
        "lock-busy": .busy,
        "gzip-corrupt": .suspect,
        "gzip-truncated": .suspect,
        "gzip-unavailable": .unavailable,
        "database-url-malformed": .configuration,
        "database-unreachable": .unavailable,
        "database-refused": .configuration,
        "database-pooled": .configuration,
        "database-lost": .unavailable,
        "database-timeout": .unavailable,
        "database-permission": .configuration,
        "database-error": .storage,
        "database-failed": .storage,
        "database-busy": .busy,
        "database-read-only": .storage,
        "database-cannot-open": .storage,
        "database-not-sqlite": .storage,
        "database-other-exchange": .configuration,
        "database-replaced": .unavailable,
        "database-not-ours": .configuration,
        "database-not-there": .unavailable,
        "schema-newer": .configuration,
        "schema-older": .configuration,
        "migration-needs-backup": .configuration,
        "storage-full": .storage,
        "backup-folder": .storage,
        "backup-not-written": .storage,
        "backup-space": .storage,
        "backup-source-missing": .unavailable,
        "backup-source-damaged": .suspect,
        "program-missing": .unavailable,
        "program-too-old": .unavailable,
        "program-failed": .unavailable,
        "backup-damaged": .suspect,
        "backup-unverified": .usage,
        "backup-not-found": .unavailable,
        "backup-format": .configuration,
        "backup-no-cluster": .configuration,
        "backup-wrong-type": .usage,
        "backup-of-others": .unavailable,
        "backup-suspicious": .suspect,
        "backup-refused": .suspect,
        "backup-signature": .suspect,
        "backup-key": .configuration,
        "backup-other-bytes": .storage,
        "restore-rolled-back": .rolledBack,
        "restore-not-rolled-back": .notRolledBack,
        "restore-needs-createdb": .configuration,
        "restore-needs-limited-role": .configuration,
        "restore-foreign-objects": .usage,
        "restore-nothing-to-undo": .unavailable,
        "restore-in-use": .busy,
        "restore-no-safety-backup": .storage,
        "program-overdue": .unavailable,
        "file-not-written": .storage,
        "breaker-unknown": .usage,
        "gap-sweep-failed": .unavailable,
        "backup-task-failed": .unavailable,
        "git-backup-failed": .unavailable,
        "process-pattern": .configuration,
        "process-restart-failed": .unavailable,
        "server-cannot-listen": .unavailable,
        "dashboard-database-away": .unavailable,
        "page-unreadable": .configuration,
        "log-folder": .storage,
        "log-not-rotated": .storage,
        "channel-unavailable": .unavailable,
        "channel-gone": .configuration,
        "channel-unknown-outcome": .unavailable,
        "channel-refused": .unavailable,
        "channel-unattended": .unavailable,
        "alert-config-wrong": .configuration,
        "alert-config-not-written": .storage,
        "alert-no-channel": .configuration,
        "alert-setup-no-terminal": .usage,
        "alert-setup-no-chat": .unavailable,
        "watchdog-file-wrong": .configuration,
        "watchdog-service-unknown": .usage,
    ]
}
