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
    package var backups: [Backup] = []
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

    /// The newest run of a job.
    package struct Job: Encodable, Sendable, Equatable {
        package let job: String
        package let series: String?
        package let startedAt: String
        package let endedAt: String?
        package let outcome: String?
        package let message: String?

        package init(
            job: String, series: String?, startedAt: String, endedAt: String?, outcome: String?, message: String?
        ) {
            self.job = job
            self.series = series
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.outcome = outcome
            self.message = message
        }
    }

    package struct Task: Encodable, Sendable, Equatable {
        package let name: String
        package let nextAt: String?
        package let lastEndedAt: String?
        package let outcome: String?
        package let message: String?

        package init(name: String, nextAt: String?, lastEndedAt: String?, outcome: String?, message: String?) {
            self.name = name
            self.nextAt = nextAt
            self.lastEndedAt = lastEndedAt
            self.outcome = outcome
            self.message = message
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

    package struct Breaker: Encodable, Sendable, Equatable {
        package let name: String
        package let state: String

        package init(name: String, state: String) {
            self.name = name
            self.state = state
        }
    }

    package struct Requests: Encodable, Sendable, Equatable {
        package var lastMinute = 0
        /// Hosts that are left alone, and until when.
        package var bans: [String: String] = [:]

        package init() {}
    }

    package struct FiringAlert: Encodable, Sendable, Equatable {
        package let severity: String
        package let message: String
        package let since: String

        package init(severity: String, message: String, since: String) {
            self.severity = severity
            self.message = message
            self.since = since
        }
    }
}
