import Candles
import Journal
import Storage

extension APIResource {
    /// Answers whatever is away: `database` says so.
    static let summary = APIResource("summary", "All at a glance.", [], SummaryAnswer.schema) { _, reading in
        var database = reading.source.condition
        var glances: [SeriesGlance] = []
        if database.state != .unavailable {
            do {
                glances = try await reading.catalogue().glances
            } catch let error where !(error is CancellationError) {
                database = APIProblem.condition(of: error, reading.source.condition)
            }
        }
        var operations: [HostOperations] = []
        do {
            operations = try await reading.source.operations()
        } catch let error where !(error is CancellationError) {
            // Hosts speak through the database; of its being away, `database` tells.
        }
        let answer = SummaryAnswer(
            reading.identity, database: database, glances: glances, operations: operations, streams: reading.streams,
            now: reading.now)
        return APIDocument(data: APIJSON.bytes(answer), lifetime: .second)
    }
}

/// /summary.
struct SummaryAnswer: Encodable, Sendable, Equatable {
    struct SeriesCount: Encodable, Sendable, Equatable {
        let total: Int
        let live: Int
        let delayed: Int
        let stale: Int
        let unknown: Int

        init(_ glances: [SeriesGlance], now: UnixMilliseconds) {
            let states = glances.map { $0.freshness(now: now) }
            total = states.count
            live = states.count { $0 == .live }
            delayed = states.count { $0 == .delayed }
            stale = states.count { $0 == .stale }
            unknown = states.count { $0 == .unknown }
        }
    }
    struct History: Encodable, Sendable, Equatable {
        let candles: Int
        let empty: Int
        let unknown: Int
        let suspect: Int

        init(_ overviews: [SeriesOverview]) {
            candles = overviews.reduce(0) { $0 + $1.count }
            empty = overviews.reduce(0) { $0 + $1.empty }
            unknown = overviews.reduce(0) { $0 + $1.unknown }
            suspect = overviews.reduce(0) { $0 + $1.suspect }
        }
    }
    struct JobCount: Encodable, Sendable, Equatable {
        let ok: Int
        let running: Int
        let late: Int
        let failing: Int
    }
    struct BreakerCount: Encodable, Sendable, Equatable {
        let closed: Int
        let open: Int
        let halfOpen: Int
    }
    struct AlertCount: Encodable, Sendable, Equatable {
        let info: Int
        let warning: Int
        let critical: Int
    }

    let version: String
    let host: String
    let environment: String?
    let startedMs: UnixMilliseconds
    let boot: String
    let database: DatabaseCondition
    let series: SeriesCount
    let history: History
    let jobs: JobCount
    let breakers: BreakerCount
    let alerts: AlertCount
    let hosts: [HostRow]
    let streams: StreamCount

    init(
        _ identity: ServerIdentity, database: DatabaseCondition, glances: [SeriesGlance], operations: [HostOperations],
        streams: StreamCount, now: UnixMilliseconds
    ) {
        version = identity.version
        host = identity.host
        environment = identity.environment
        startedMs = identity.started
        boot = identity.boot
        self.database = database
        series = SeriesCount(glances, now: now)
        history = History(glances.map(\.overview))
        let jobs = operations.flatMap(\.jobs).map(\.state)
        self.jobs = JobCount(
            ok: jobs.count { $0 == .ok }, running: jobs.count { $0 == .running }, late: jobs.count { $0 == .late },
            failing: jobs.count { $0 == .failing })
        let breakers = operations.flatMap(\.breakers).map(\.state)
        self.breakers = BreakerCount(
            closed: breakers.count { $0 == .closed }, open: breakers.count { $0 == .open },
            halfOpen: breakers.count { $0 == .halfOpen })
        let alerts = operations.flatMap(\.alerts).map(\.severity)
        self.alerts = AlertCount(
            info: alerts.count { $0 == "info" }, warning: alerts.count { $0 == "warning" },
            critical: alerts.count { $0 == "critical" })
        hosts = operations.map(\.host)
        self.streams = streams
    }
}

extension SummaryAnswer {
    static let schema = Schema.named(
        "Summary",
        [
            "version": .string,
            "host": .string,
            "environment": .nullable(.string),
            "started_ms": .integer,
            "boot": .string,
            "database": .named(
                "Database",
                [
                    "kind": .choice(["sqlite", "postgres"]),
                    "state": .named("DatabaseState", .choice(["ok", "empty", "unavailable"])),
                    "message": .nullable(.string),
                    "hint": .nullable(.string),
                ]),
            "series": .means(
                "Series by freshness.",
                .object([
                    "total": .integer, "live": .integer, "delayed": .integer, "stale": .integer, "unknown": .integer,
                ])),
            "history": .object(["candles": .integer, "empty": .integer, "unknown": .integer, "suspect": .integer]),
            "jobs": .object(["ok": .integer, "running": .integer, "late": .integer, "failing": .integer]),
            "breakers": .object(["closed": .integer, "open": .integer, "half_open": .integer]),
            "alerts": .object(["info": .integer, "warning": .integer, "critical": .integer]),
            "hosts": .array(HostRow.schema),
            "streams": .object(["open": .integer, "limit": .integer]),
        ])
}
