package import Candles
import Foundation
package import Host

/// What a host says of itself: in the daily report, the table `host_status`, on the page of `ops status` and on the dashboard.
///
/// Times are ISO 8601 in UTC, ages in seconds. What could not be read is empty, and `problems` says why. Whoever reads it requires
/// next to nothing: another host may run another version.
package struct HostStatus: Codable, Sendable, Equatable {
    package var host = ""
    package var environment: String?
    package var at = ""
    /// Of the machine.
    package var uptimeSeconds: Int64?
    package var disks: [Disk] = []
    package var series = SeriesSummary()
    package var jobs: [Job] = []
    package var tasks: [Job] = []
    package var services: [Service] = []
    /// The newest good one of each type; without a file where there is none.
    package var backups: [Backup] = []
    /// The newest of all files in the folder of backups, whatever they are worth; nil from a version that did not list them.
    package var backupFiles: [Backup]? = []
    package var breakers: [Breaker] = []
    package var requests = Requests()
    package var alerts: [FiringAlert] = []
    /// What MODEL_METADATA_FILE holds.
    package var model: JSONValue?
    package var problems: [String] = []

    package init() {}

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        host = try box.value(.host, or: "")
        environment = try box.decodeIfPresent(String.self, forKey: .environment)
        at = try box.value(.at, or: "")
        uptimeSeconds = try box.decodeIfPresent(Int64.self, forKey: .uptimeSeconds)
        disks = try box.value(.disks, or: [ReadDisk]()).compactMap(\.disk)
        series = try box.value(.series, or: SeriesSummary())
        jobs = try box.value(.jobs, or: [])
        tasks = try box.value(.tasks, or: [])
        services = try box.value(.services, or: [])
        backups = try box.value(.backups, or: [])
        backupFiles = try box.decodeIfPresent([Backup].self, forKey: .backupFiles)
        breakers = try box.value(.breakers, or: [])
        requests = try box.value(.requests, or: Requests())
        alerts = try box.value(.alerts, or: [])
        // Nobody who reads another host's word shows it.
        model = try? box.decodeIfPresent(JSONValue.self, forKey: .model)
        problems = try box.value(.problems, or: [])
    }

    package struct Disk: Codable, Sendable, Equatable {
        package let path: String
        package let freeGb: Double
        package let totalGb: Double

        package init(path: String, freeGb: Double, totalGb: Double) {
            self.path = path
            self.freeGb = freeGb
            self.totalGb = totalGb
        }
    }

    /// A disk of any version; one without its sizes says nothing.
    private struct ReadDisk: Decodable {
        let path: String?
        let freeGb: Double?
        let totalGb: Double?

        var disk: Disk? {
            guard let freeGb, let totalGb else { return nil }
            return Disk(path: path ?? "", freeGb: freeGb, totalGb: totalGb)
        }
    }

    package struct SeriesSummary: Codable, Sendable, Equatable {
        package var count = 0
        package var candles = 0
        package var empty = 0
        package var unknown = 0
        package var suspect = 0
        /// Since the newest interval that is known of any series began.
        package var newestAgeSeconds: Int64?
        package var stale: [String] = []

        package init() {}

        package init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            count = try box.value(.count, or: 0)
            candles = try box.value(.candles, or: 0)
            empty = try box.value(.empty, or: 0)
            unknown = try box.value(.unknown, or: 0)
            suspect = try box.value(.suspect, or: 0)
            newestAgeSeconds = try box.decodeIfPresent(Int64.self, forKey: .newestAgeSeconds)
            stale = try box.value(.stale, or: [])
        }
    }

    /// How far a run is, in what its job counts.
    package struct Progress: Codable, Sendable, Equatable {
        package let done: Int
        package let total: Int
        package var etaSeconds: Int64?

        package init(done: Int, total: Int, etaSeconds: Int64?) {
            self.done = done
            self.total = total
            self.etaSeconds = etaSeconds
        }
    }

    /// A job, with a `job` and often a `series`, or a task, with a `name`: when its newest run began, and how the newest that is over
    /// ended.
    package struct Job: Codable, Sendable, Equatable {
        package var job: String?
        package var series: String?
        package var name: String?
        /// Of a job; a task has `lastStartedAt` and `lastEndedAt`.
        package var startedAt: ReportedTime?
        package var endedAt: ReportedTime?
        package var lastStartedAt: ReportedTime?
        package var lastEndedAt: ReportedTime?
        package var lastOkAt: ReportedTime?
        /// When the run began that goes on now.
        package var runningSince: ReportedTime?
        package var nextAt: ReportedTime?
        package var outcome: String?
        package var message: String?
        /// Of at most 20 ended runs, the oldest first.
        package var durationsMs: [Int64]?
        /// Between two starts, as the runs tell of a timer.
        package var intervalSeconds: Int64?
        package var progress: Progress?

        package init() {}
    }

    /// A service, and when it last said that it works.
    package struct Service: Codable, Sendable, Equatable {
        package let name: String
        package let at: ReportedTime

        package init(name: String, at: ReportedTime) {
            self.name = name
            self.at = at
        }
    }

    /// A backup, or the type of one that is missing.
    package struct Backup: Codable, Sendable, Equatable {
        package let type: String
        package var file: String?
        package var createdAt: ReportedTime?
        package var ageSeconds: Int64?
        package var bytes: Int64?
        /// Nil: nobody has looked at it yet; false: whoever did found something wrong, or too little.
        package var verified: Bool?
        package var rows: Int?

        package init(type: String, file: String?, createdAt: ReportedTime?) {
            self.type = type
            self.file = file
            self.createdAt = createdAt
        }
    }

    package struct Breaker: Codable, Sendable, Equatable {
        package let name: String
        package let state: String
        package var since: ReportedTime?
        /// Calls that failed, and calls that were not let through: ever.
        package var failures: Int?
        package var refused: Int?
        /// Why it opened, while it is not closed.
        package var lastError: String?
        package var retryAt: ReportedTime?

        package init(name: String, state: String) {
            self.name = name
            self.state = state
        }
    }

    package struct Requests: Codable, Sendable, Equatable {
        package var lastMinute: Int? = 0
        /// Hosts that are left alone, and until when.
        package var bans: [String: ReportedTime] = [:]

        package init() {}

        package init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            lastMinute = try box.decodeIfPresent(Int.self, forKey: .lastMinute)
            bans = try box.value(.bans, or: [:])
        }
    }

    package struct FiringAlert: Codable, Sendable, Equatable {
        /// What it has in common with alerts that are one to a person.
        package var id: String?
        package let severity: String
        package var source: String?
        package let message: String
        package var hint: String?
        package var since: ReportedTime?
        package var last: ReportedTime?
        package var count: Int?

        package init(severity: String, message: String) {
            self.severity = severity
            self.message = message
        }
    }
}

/// A time as a host writes it: ISO 8601 in UTC.
package struct ReportedTime: Codable, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ time: UnixMilliseconds) { description = time.iso8601 }

    /// What is no text is a time that nobody can read.
    package init(from decoder: any Decoder) {
        description = (try? decoder.singleValueContainer().decode(String.self)) ?? ""
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(description)
    }

    /// Nil where it is written otherwise.
    package var time: UnixMilliseconds? { try? UnixMilliseconds(iso8601: description) }
}

extension HostStatus {
    /// Reads what `json` writes, of any version.
    package init(json text: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: Data(text.utf8))
    }

    /// One JSON object, keys sorted and in snake case.
    package func json(pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension KeyedDecodingContainer {
    fileprivate func value<Value: Decodable>(_ key: Key, or absent: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? absent
    }
}
