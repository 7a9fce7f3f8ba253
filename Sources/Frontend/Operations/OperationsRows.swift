package import Candles
package import HostStatus
package import Journal

// The rows of /jobs, /breakers, /alerts, /backups and of hosts in /summary, as `types.d.ts` has them: written in snake case.

/// What a machine that runs `ops run` last said of itself.
package struct HostRow: Encodable, Sendable, Equatable {
    package struct Disk: Encodable, Sendable, Equatable {
        package var freeGb: Double
        package var totalGb: Double
    }
    package struct Ban: Encodable, Sendable, Equatable {
        package var host: String
        package var untilMs: UnixMilliseconds
    }

    package var host: String
    package var atMs: UnixMilliseconds
    /// Older than three minutes.
    package var isStale: Bool
    /// Whether `ops run` works there: without it nothing raises alerts.
    package var isWatched: Bool
    package var uptimeSeconds: Int64?
    package var disks: [Disk] = []
    package var requestsLastMinute: Int?
    package var bans: [Ban] = []
    package var problems: [String] = []
}

package struct JobRow: Encodable, Sendable, Equatable {
    /// As a host has it, with a null where it does not know what is left.
    package struct Progress: Encodable, Sendable, Equatable {
        package let done: Int
        package let total: Int
        package var etaSeconds: Int64?

        package init(_ progress: HostStatus.Progress) {
            done = progress.done
            total = progress.total
            etaSeconds = progress.etaSeconds
        }
    }

    /// Unique: "nas1 realtime BTCUSD-1m".
    package var id: String
    package var host: String
    /// realtime, backfill, gap-repair, stream, audit, backup, … or task.
    package var job: String
    /// A series, the name of a task, or what is backed up.
    package var target: String?
    package var state: JobState
    package var outcome: String?
    package var message: String?
    package var lastStartMs: UnixMilliseconds?
    package var lastEndMs: UnixMilliseconds?
    package var lastOkMs: UnixMilliseconds?
    /// Of the newest ended run, and of at most 20 of them, the oldest first.
    package var durationMs: Int64?
    package var durationsMs: [Int64] = []
    /// Between two starts; nil for what has no timetable.
    package var intervalMs: Int64?
    package var nextDueMs: UnixMilliseconds?
    package var progress: Progress?
}

package struct BreakerRow: Encodable, Sendable, Equatable {
    package enum State: String, Encodable, Sendable {
        case closed, open, unknown
        case halfOpen = "half_open"
    }

    package var name: String
    package var host: String
    package var state: State
    package var sinceMs: UnixMilliseconds?
    /// Calls that failed or took too long, ever.
    package var failures: Int
    /// Calls that were not let through, ever.
    package var refused: Int
    package var lastError: String?
    package var retryAtMs: UnixMilliseconds?
}

package struct AlertRow: Encodable, Sendable, Equatable {
    package var id: String
    package var host: String
    /// info, warning or critical.
    package var severity: String
    package var source: String
    package var message: String
    package var hint: String?
    package var sinceMs: UnixMilliseconds
    package var lastMs: UnixMilliseconds
    package var count: Int
}

package struct BackupRow: Encodable, Sendable, Equatable {
    package var host: String
    package var type: String
    /// Its name alone, without a folder.
    package var file: String?
    package var atMs: UnixMilliseconds?
    package var bytes: Int64?
    /// Nil: not looked at yet.
    package var verified: Bool?
    package var rows: Int?
}
