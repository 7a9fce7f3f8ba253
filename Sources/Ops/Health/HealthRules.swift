import Alerts
import Candles
import Journal
import Resilience

/// When the machine is not well, and why.
///
/// Unhealthy is what keeps it from its work: an unreadable database or journal, a disk that is all but full, readings that are
/// too old. Everything else that a person should see makes it degraded: it mends itself, or can wait for the morning.
package struct HealthRules: Sendable, Equatable {
    /// A series is behind where intervals are unknown and its last candle is older than three of its own, and this.
    package var seriesGrace = Duration.seconds(900)
    package var failedRuns = 5
    package var beatLate = Duration.seconds(300)
    /// A service that has not beaten for so long was taken away.
    package var beatForgotten = Duration.seconds(86_400)
    package var backupLate = Self.backupFresh

    /// A day, and what a timer may be late.
    package static let backupFresh = Duration.seconds(26 * 3600)

    package init() {}

    /// What is wrong, the worst first.
    package func findings(_ readings: HealthReadings) -> [HealthFinding] {
        let found =
            sources(readings) + disk(readings.disk) + series(readings.series.value ?? [])
            + (readings.journal.value.map { journal($0, at: readings.takenAt) } ?? [])
        return found.enumerated().sorted { ($1.element.status, $0.offset) < ($0.element.status, $1.offset) }.map(
            \.element)
    }

    private func sources(_ readings: HealthReadings) -> [HealthFinding] {
        var found: [HealthFinding] = []
        if case .failed(let reason) = readings.series {
            found.append(.init(check: "database", status: .unhealthy, value: reason, limit: "it must be readable"))
        }
        if case .failed(let reason) = readings.journal {
            found.append(.init(check: "journal", status: .unhealthy, value: reason, limit: "it must be readable"))
        }
        return found
    }

    private func disk(_ disk: DiskRoom?) -> [HealthFinding] {
        guard let disk, let severity = disk.severity else { return [] }
        return [
            .init(
                check: "disk", status: severity == .critical ? .unhealthy : .degraded,
                value: "\(disk.free.gigabytes) GB free", limit: DiskRoom.limit(severity))
        ]
    }

    private func series(_ readings: [SeriesReading]) -> [HealthFinding] {
        readings.compactMap { reading in
            let limit = 3 * reading.series.timeframe.milliseconds / 1000 + seriesGrace.components.seconds
            guard reading.goneSince == nil, reading.unknown > 0, let age = reading.ageSeconds, age > limit else {
                return nil
            }
            return .init(
                check: "series \(reading.series)", status: .degraded, value: "its last candle is \(age) s old",
                limit: "at most \(limit) s")
        }
    }

    private func journal(_ reads: JournalHealth, at now: UnixMilliseconds) -> [HealthFinding] {
        var found = reads.breakers.filter { $0.phase.service != .healthy }.map {
            HealthFinding(
                check: "breaker \($0.name)", status: .degraded, value: $0.phase.rawValue, limit: "it should be closed")
        }
        for (name, at) in reads.heartbeats.sorted(by: { $0.key < $1.key }) where service(beatAt: at, now) == .degraded {
            found.append(
                .init(
                    check: "service \(name)", status: .degraded,
                    value: "its last heartbeat is \((now - at) / 1000) s old",
                    limit: "at most \(beatLate.components.seconds) s"))
        }
        if reads.failedLastHour > failedRuns {
            found.append(
                .init(
                    check: "runs", status: .degraded, value: "\(reads.failedLastHour) failed in the last hour",
                    limit: "at most \(failedRuns)"))
        }
        for (type, at) in reads.backups.sorted(by: { $0.key < $1.key }) where now - at > backupLate.milliseconds {
            found.append(
                .init(
                    check: "backup \(type)", status: .degraded, value: "the last is \((now - at) / 3_600_000) h old",
                    limit: "at most \(backupLate.components.seconds / 3600) h"))
        }
        return found
    }

    /// Nil for a service that was taken away.
    func service(beatAt at: UnixMilliseconds, _ now: UnixMilliseconds) -> HealthStatus? {
        if now - at > beatForgotten.milliseconds { return nil }
        return now - at > beatLate.milliseconds ? .degraded : .healthy
    }
}

extension CircuitBreakerPhase {
    /// What it says of the service behind it.
    var service: HealthStatus {
        switch self {
        case .closed, .disabled: .healthy
        case .halfOpen: .degraded
        case .open, .forcedOpen: .unhealthy
        }
    }
}

extension Int64 {
    /// Of 10⁹ bytes, with one place; below one of them with four, of which at least one is not 0.
    package var gigabytes: Double {
        if self >= 950_000_000 || self <= 0 { return (Double(self) / 100_000_000).rounded() / 10 }
        return Swift.max(1, (Double(self) / 100_000).rounded()) / 10_000
    }
}
