import Candles
import Health
import Journal
import NIOConcurrencyHelpers
import Resilience

/// Readings of a machine that is well, and sources that say what a test wants.
enum HealthSamples {
    static let now: UnixMilliseconds = 1_767_225_600_000 + 12 * 3_600_000

    static let identity = HealthIdentity(
        version: "1.2.3", environment: "say \"prod\"\\\n", exchange: "api-pub.bitfinex.com",
        features: ["telegram": true, "webhook": false])

    static var journal: JournalHealth {
        var reads = JournalHealth()
        reads.lastCycleEnd = now - 45_000
        reads.cyclesToday = 1200
        reads.alertsToday = 23
        reads.alertsWeek = 145
        reads.heartbeats = ["ops": now - 10_000]
        reads.backups = ["sqlite": now - 3_600_000]
        reads.breakers = [
            .init(name: "api-pub.bitfinex.com", phase: .closed, totals: [.success: 7]),
            .init(name: "telegram", phase: .closed),
        ]
        return reads
    }

    static func readings() throws -> HealthReadings {
        HealthReadings(
            takenAt: now, uptimeSeconds: 86_400, journal: .read(journal),
            series: .read([
                SeriesReading(series: try Series("BTCUSD-1m"), candles: 1000, unknown: 0, suspect: 0, ageSeconds: 61)
            ]),
            disk: DiskRoom(path: "/data", free: 125_300_000_000, total: 500_000_000_000),
            gpu: GPUReading(utilization: 35.2, memoryUsed: 384))
    }

    static func report(_ change: (inout HealthReadings) throws -> Void = { _ in }) throws -> HealthReport {
        var readings = try readings()
        try change(&readings)
        return HealthReport(identity: identity, readings: readings)
    }

    /// The readings of a machine that is well, as a journal with one change has them.
    static func journal(_ change: (inout JournalHealth) -> Void) throws -> HealthReport {
        try report { readings in
            var reads = journal
            change(&reads)
            readings.journal = .read(reads)
        }
    }
}

/// Says what it is given; hangs where a test wants it to.
struct ScriptedHealthSources: HealthSources {
    private struct Wrong: Error {}

    let disk: NIOLockedValueBox<DiskRoom>
    /// Called before each reading of the journal.
    var beforeJournal: @Sendable () async -> Void = {}

    init(free: Int64 = 100_000_000_000) {
        disk = NIOLockedValueBox(DiskRoom(path: "/data", free: free, total: 500_000_000_000))
    }

    func journal() async throws -> JournalHealth {
        await beforeJournal()
        return HealthSamples.journal
    }
    func series(now: UnixMilliseconds) async throws -> [SeriesReading] { [] }
    func disk() async -> DiskRoom? { disk.withLockedValue { $0 } }
    func gpu() async -> GPUReading? { nil }
    func loggedErrors(since: UnixMilliseconds) async -> Int { 0 }
}
