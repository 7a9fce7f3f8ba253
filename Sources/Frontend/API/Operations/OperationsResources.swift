import Candles

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
        ["info", "warning", "critical"].firstIndex(of: alert.severity) ?? -1
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
