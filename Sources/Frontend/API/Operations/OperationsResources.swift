import Alerts
import Candles
import Journal

extension APIResource {
    static let jobs = APIResource(
        "jobs", "The newest run of each job of each series, and the tasks of `ops run`.", [], .array(JobRow.schema)
    ) { _, reading in .listing(OperationsLists(try await reading.source.operations()).jobs) }

    static let breakers = APIResource(
        "breakers", "Circuit breakers.", [], .array(BreakerRow.schema)
    ) { _, reading in .listing(OperationsLists(try await reading.source.operations()).breakers) }

    static let alerts = APIResource(
        "alerts", "What fires, the gravest first.", [], .array(AlertRow.schema)
    ) { _, reading in .listing(OperationsLists(try await reading.source.operations()).alerts) }

    static let backups = APIResource(
        "backups", "Backups, the newest first.", [], .array(BackupRow.schema)
    ) { _, reading in .listing(OperationsLists(try await reading.source.operations()).backups) }

    static let cloud = APIResource(
        "cloud", "Copies of backups and notebooks elsewhere; null where that is not set up.", [], CloudAnswer.schema
    ) { _, _ in .listing(CloudAnswer()) }
}

extension APIDocument {
    fileprivate static func listing(_ document: some Encodable) -> APIDocument {
        APIDocument(data: APIJSON.bytes(document), lifetime: .second)
    }
}

/// What all hosts say, in the order of the API.
struct OperationsLists: Sendable, Equatable {
    let jobs: [JobRow]
    let breakers: [BreakerRow]
    /// The gravest first, then the newest.
    let alerts: [AlertRow]
    /// The newest first; those without a time last.
    let backups: [BackupRow]

    init(_ hosts: [HostOperations]) {
        jobs = hosts.flatMap(\.jobs).sorted { $0.id < $1.id }
        breakers = hosts.flatMap(\.breakers).sorted { ($0.name, $0.host) < ($1.name, $1.host) }
        alerts = hosts.flatMap(\.alerts).sorted {
            (Self.gravity($0), $0.sinceMs, $1.id) > (Self.gravity($1), $1.sinceMs, $0.id)
        }
        backups = hosts.flatMap(\.backups).sorted {
            ($0.atMs ?? .min, $1.host, $1.type) > ($1.atMs ?? .min, $0.host, $0.type)
        }
    }

    private static func gravity(_ alert: AlertRow) -> Int {
        Severity(name: alert.severity)?.rawValue ?? -1
    }
}

/// /cloud.
struct CloudAnswer: Encodable, Sendable, Equatable {
    struct Drive: Encodable, Sendable, Equatable {
        let state: String
        let lastSyncMs: UnixMilliseconds?
        let queue: Int
    }
    struct Colab: Encodable, Sendable, Equatable {
        let state: String
        let lastSeenMs: UnixMilliseconds?
    }

    var drive: Drive?
    var colab: Colab?

    static let schema = Schema.named(
        "Cloud",
        [
            "drive": .nullable(.object(["state": .string, "last_sync_ms": .nullable(.integer), "queue": .integer])),
            "colab": .nullable(.object(["state": .string, "last_seen_ms": .nullable(.integer)])),
        ])
}

extension HostRow {
    static let schema = Schema.named(
        "Host",
        [
            "host": .string,
            "at_ms": .integer,
            "is_stale": .means("Older than three minutes.", .boolean),
            "is_watched": .means("Whether ops run works there: without it nothing raises alerts.", .boolean),
            "uptime_seconds": .nullable(.integer),
            "disks": .array(.object(["free_gb": .number, "total_gb": .number])),
            "requests_last_minute": .nullable(.integer),
            "bans": .array(.object(["host": .string, "until_ms": .integer])),
            "problems": .array(.string),
        ])
}

extension JobRow {
    static let schema = Schema.named(
        "JobRow",
        [
            "id": .means("Unique: nas1 realtime BTCUSD-1m.", .string),
            "host": .string,
            "job": .means("realtime, backfill, gap-repair, stream, audit, backup, … or task.", .string),
            "target": .means("A series, the name of a task, or what is backed up.", .nullable(.string)),
            "state": .named("JobState", .choice(JobState.allCases.map(\.rawValue))),
            "outcome": .nullable(.string),
            "message": .nullable(.string),
            "last_start_ms": .nullable(.integer),
            "last_end_ms": .nullable(.integer),
            "last_ok_ms": .nullable(.integer),
            "duration_ms": .means("Of the newest ended run.", .nullable(.integer)),
            "durations_ms": .means("Of at most 20 ended runs, the oldest first.", .array(.integer)),
            "interval_ms": .means("Between two starts; null for what has no timetable.", .nullable(.integer)),
            "next_due_ms": .nullable(.integer),
            "progress": .nullable(Progress.schema),
        ])
}

extension JobRow.Progress {
    static let schema = Schema.object(["done": .integer, "total": .integer, "eta_seconds": .nullable(.integer)])
}

extension BreakerRow {
    static let schema = Schema.named(
        "BreakerRow",
        [
            "name": .string,
            "host": .string,
            "state": .means(
                "Unknown where its host has been silent for an hour.",
                .choice(["closed", "open", "half_open", "unknown"])),
            "since_ms": .nullable(.integer),
            "failures": .integer,
            "refused": .means("Calls that were not let through, ever.", .integer),
            "last_error": .nullable(.string),
            "retry_at_ms": .nullable(.integer),
        ])
}

extension AlertRow {
    static let schema = Schema.named(
        "AlertRow",
        [
            "id": .string,
            "host": .string,
            "severity": .named("Severity", .choice(Severity.allCases.map(\.name))),
            "source": .string,
            "message": .string,
            "hint": .nullable(.string),
            "since_ms": .integer,
            "last_ms": .integer,
            "count": .integer,
        ])
}

extension BackupRow {
    static let schema = Schema.named(
        "BackupRow",
        [
            "host": .string,
            "type": .string,
            "file": .means("Its name alone, without a folder.", .nullable(.string)),
            "at_ms": .nullable(.integer),
            "bytes": .nullable(.integer),
            "verified": .means("Null: not looked at yet.", .nullable(.boolean)),
            "rows": .nullable(.integer),
        ])
}
