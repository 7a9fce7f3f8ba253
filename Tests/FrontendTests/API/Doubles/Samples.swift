import Candles
import HostStatus
import Journal
import Storage
import TestSupport

@testable import Frontend

/// A few symbols with all that there can be of them, and hosts that say everything.
enum Samples {
    static let now = ServedAPI.now

    static func histories() throws -> [MemoryHistory] {
        var random = SeededGenerator(seed: 1)
        return try [
            MemoryHistory.random("BTCUSD-1m", id: 1, from: now - 3 * 86_400_000, now: now, using: &random),
            MemoryHistory.random("BTCUSD-1D", id: 2, from: now - 400 * 86_400_000, now: now, using: &random),
            MemoryHistory.random("BTCF0:USTF0-1h", id: 3, from: now - 30 * 86_400_000, now: now, using: &random),
            MemoryHistory("DUSK:USD-1m", id: 4, wantedFrom: now - 86_400_000),
        ]
    }

    static func source() throws -> MemorySource {
        let source = MemorySource(try histories())
        let ticker = Ticker(
            symbol: try Symbol("BTCUSD"), lastPrice: 100, dailyChange: 1, dailyChangeRelative: 0.01, dailyVolume: 5,
            dailyHigh: 101, dailyLow: 99)
        source.change { $0.readings = [TickerReading(ticker: ticker, at: now - 1000)] }
        source.set([operations])
        return source
    }

    static var operations: HostOperations {
        var operations = HostOperations(
            host: HostRow(
                host: "nas1", atMs: now - 1000, isStale: false, isWatched: true, uptimeSeconds: nil,
                disks: [HostRow.Disk(freeGb: 1.5, totalGb: 20)], requestsLastMinute: 3,
                bans: [HostRow.Ban(host: "api-pub.bitfinex.com", untilMs: now + 1)], problems: ["a problem"]))
        operations.jobs = [
            JobRow(
                id: "nas1 realtime BTCUSD-1m", host: "nas1", job: "realtime", target: "BTCUSD-1m", state: .running,
                durationsMs: [1, 2], progress: .init(HostStatus.Progress(done: 1, total: 2, etaSeconds: nil))),
            JobRow(id: "nas1 task", host: "nas1", job: "task", state: .failing),
        ]
        operations.breakers = [BreakerRow(name: "bitfinex", host: "nas1", state: .halfOpen, failures: 2, refused: 3)]
        operations.alerts = ["info", "critical", "warning"].enumerated().map { index, severity in
            AlertRow(
                id: "\(index)", host: "nas1", severity: severity, source: "disk", message: "it is full",
                sinceMs: now - 9,
                lastMs: now, count: 1)
        }
        operations.backups = [
            BackupRow(host: "nas1", type: "daily"),
            BackupRow(host: "nas1", type: "daily", file: "a.zst", atMs: now - 5),
            BackupRow(host: "nas1", type: "daily", file: "b.zst", atMs: now - 4, bytes: 7, verified: true, rows: 9),
        ]
        return operations
    }
}
