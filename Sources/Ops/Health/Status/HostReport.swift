import Candles
package import Host
package import Journal

/// What a host says of itself: the daily report, `host_status`, and the page of `ops status`.
///
/// Times are ISO 8601 in UTC, ages in seconds. What could not be read is empty, and `problems` says why.
package struct HostReport: Encodable, Sendable, Equatable {
    package var host = ""
    package var environment: String?
    package var at = ""
    /// Of the machine.
    package var uptimeSeconds: Int64?
    package var disks: [Disk] = []
    package var series = SeriesSummary()
    package var jobs: [Job] = []
    package var tasks: [Task] = []
    package var services: [Service] = []
    package var backups: [Backup] = []
    /// The newest of all files in the folder of backups, whatever they are worth.
    package var backupFiles: [BackupFile] = []
    package var breakers: [Breaker] = []
    package var requests = Requests()
    package var alerts: [FiringAlert] = []
    /// What MODEL_METADATA_FILE holds.
    package var model: JSONValue?
    package var problems: [String] = []

    package init() {}

    package struct Disk: Encodable, Sendable, Equatable {
        package let path: String
        package let freeGB: Double
        package let totalGB: Double

        package init(_ room: DiskRoom) {
            path = room.path
            freeGB = room.free.gigabytes
            totalGB = room.total.gigabytes
        }
    }

    package struct SeriesSummary: Encodable, Sendable, Equatable {
        package var count = 0
        package var candles = 0
        package var empty = 0
        package var unknown = 0
        package var suspect = 0
        /// Since the newest interval that is known of any series began.
        package var newestAgeSeconds: Int64?
        package var stale: [String] = []

        package init() {}
    }

    /// How far a run is, in what its job counts.
    package struct Progress: Encodable, Sendable, Equatable {
        package let done: Int
        package let total: Int
        package let etaSeconds: Int64?
    }

    /// A job: when its newest run began, and how the newest that is over ended.
    package struct Job: Encodable, Sendable, Equatable {
        package let job: String
        package let series: String?
        package let startedAt: String
        package let endedAt: String?
        package let outcome: String?
        package let message: String?
        package let lastOkAt: String?
        /// When the run began that goes on now.
        package let runningSince: String?
        package let progress: Progress?
        /// Of at most 20 ended runs, the oldest first.
        package let durationsMs: [Int64]
        /// Between two starts, as the runs tell of a timer.
        package let intervalSeconds: Int64?
        package let nextAt: String?
    }

    package struct Task: Encodable, Sendable, Equatable {
        package let name: String
        package let nextAt: String?
        package let lastStartedAt: String?
        package let lastEndedAt: String?
        package let lastOkAt: String?
        package let runningSince: String?
        package let outcome: String?
        package let message: String?
        package let durationsMs: [Int64]
        package let intervalSeconds: Int64?

        package init(_ history: JobHistory) {
            name = history.series ?? ""
            nextAt = history.nextDue?.iso8601
            lastStartedAt = history.lastStart?.iso8601
            lastEndedAt = history.lastEnd?.iso8601
            lastOkAt = history.lastOk?.iso8601
            runningSince = history.runningSince?.iso8601
            outcome = history.outcome
            message = history.message
            durationsMs = history.durations
            intervalSeconds = history.interval.map { $0 / 1000 }
        }
    }

    /// A service, and when it last said that it works.
    package struct Service: Encodable, Sendable, Equatable {
        package let name: String
        package let at: String

        package init(name: String, at: String) {
            self.name = name
            self.at = at
        }
    }

    /// The newest good one of a type; without a file where there is none.
    package struct Backup: Encodable, Sendable, Equatable {
        package let type: String
        package let file: String?
        package let createdAt: String?
        package let ageSeconds: Int64?

        package init(type: String, file: String?, createdAt: String?, ageSeconds: Int64?) {
            self.type = type
            self.file = file
            self.createdAt = createdAt
            self.ageSeconds = ageSeconds
        }
    }

    /// A file in the folder of backups.
    package struct BackupFile: Encodable, Sendable, Equatable {
        package let type: String
        package let file: String
        package let createdAt: String
        package let bytes: Int
        /// Nil: nobody has looked at it yet; false: whoever did found something wrong, or too little.
        package let verified: Bool?
        package let rows: Int?

        package init(type: String, file: String, createdAt: String, bytes: Int, verified: Bool?, rows: Int?) {
            self.type = type
            self.file = file
            self.createdAt = createdAt
            self.bytes = bytes
            self.verified = verified
            self.rows = rows
        }
    }

    package struct Breaker: Encodable, Sendable, Equatable {
        package let name: String
        package let state: String
        package let since: String?
        /// Calls that failed, and calls that were not let through: ever.
        package let failures: Int
        package let refused: Int
        /// Why it opened, while it is not closed.
        package let lastError: String?
        package let retryAt: String?
    }

    package struct Requests: Encodable, Sendable, Equatable {
        package var lastMinute = 0
        /// Hosts that are left alone, and until when.
        package var bans: [String: String] = [:]

        package init() {}
    }

    package struct FiringAlert: Encodable, Sendable, Equatable {
        /// What it has in common with alerts that are one to a person.
        package let id: String
        package let severity: String
        package let source: String
        package let message: String
        package let hint: String?
        package let since: String
        package let last: String
        package let count: Int
    }
}
