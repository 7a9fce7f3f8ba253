import Candles
import Foundation
import HostStatus
import Journal
import TestSupport
import Testing

@testable import Frontend
@testable import Storage

/// What another host says of itself comes from another host.
@Suite("Hostile reports", .timeLimit(.minutes(30))) struct HostileReportTests {
    private static let text = #"""
        {"host":"b","at":"2026-11-21T04:10:00Z","uptime_seconds":5,"disks":[{"path":"/","free_gb":1.5,"total_gb":2}],
        "jobs":[{"job":"realtime","series":"BTCUSD-1m","started_at":"2026-11-21T04:00:00Z","ended_at":"2026-11-21T04:00:01Z",
        "outcome":"complete","running_since":"2026-11-21T04:09:00Z","durations_ms":[5,7],"interval_seconds":60,
        "next_at":"2026-11-21T04:11:00Z","progress":{"done":4,"total":7,"eta_seconds":8}},
        {"job":"backup","started_at":"2026-11-21T04:00:00Z","durations_ms":[1],"interval_seconds":86400,"next_at":"2026-11-21T04:11:00Z"}],
        "tasks":[{"name":"backup","last_started_at":"2026-11-21T04:00:00Z","durations_ms":[3],"interval_seconds":60}],
        "services":[{"name":"stream","at":"2026-11-21T04:09:59Z"}],
        "breakers":[{"name":"x","state":"open","since":"2026-11-21T04:00:00Z","failures":3,"refused":4}],
        "alerts":[{"id":"a","severity":"critical","message":"m","since":"2026-11-21T04:00:00Z","count":7}],
        "backups":[{"type":"sqlite","file":"f","created_at":"2026-11-21T04:00:00Z","bytes":5,"rows":6}],
        "backup_files":[{"type":"sqlite","file":"f","created_at":"2026-11-21T04:00:00Z","bytes":5,"rows":6}],
        "requests":{"last_minute":7,"bans":{"x":"2026-11-21T04:00:00Z"}},"problems":["p"]}
        """#

    private static let now: UnixMilliseconds = 1_795_234_200_000

    private func show(_ report: HostStatus, at: UnixMilliseconds) {
        let status = PublishedStatus(host: "b", at: at, document: "")
        let facts = OperationsFacts(report, of: status, now: Self.now)
        var rows = HostOperations(host: HostRow(report, of: status, now: Self.now))
        facts.fill(&rows)
        _ = try? JSONEncoder().encode(rows.jobs)
        _ = BackupRow.rows(report, host: "b")
    }

    @Test(arguments: [Int64.max, .min, .max / 1000, 1 << 53]) func `an uptime of any length is shown`(uptime: Int64)
        throws
    {
        let text = Self.text.replacing(#""uptime_seconds":5"#, with: "\"uptime_seconds\":\(uptime)")
            .replacing(#""interval_seconds":60"#, with: "\"interval_seconds\":\(uptime)")
        show(try HostStatus(json: text), at: Self.now)
    }

    @Test func `no report ends the process`() throws {
        var read = 0
        Hostile.cases { hostile in
            let bytes = hostile.mutated(Self.text)
            guard let report = try? HostStatus(json: String(decoding: bytes, as: UTF8.self)) else { return }
            read += 1
            // The time is a column of the database, which is bounded where it is read.
            show(report, at: min(max(hostile.integer(), -(1 << 53)), 1 << 53))
        }
        print("\(read) reports were read")
    }
}
