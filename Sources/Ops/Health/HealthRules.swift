import Alerts
import Candles
import Journal
import Resilience

/// When the machine is not well, and why.
///
/// Unhealthy is what keeps it from its work: an unreadable database or journal, a disk that is all but full, readings that are
/// too old. Everything else that a person should see makes it degraded: it mends itself, or can wait for the morning.
package struct HealthRules: Sendable, Equatable {
    package var failedRuns = 5
    package var backupLate = Self.backupFresh

    /// A day, and what a timer may be late.
    package static let backupFresh = Duration.seconds(26 * 3600)

    package init() {}

    /// What is wrong, the worst first.
    package func findings(_ readings: HealthReadings) -> [HealthFinding] {
        let found =
            sources(readings) + disk(readings.disk) + series(readings.series.value ?? [], at: readings.takenAt)
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

    private func series(_ readings: [SeriesReading], at now: UnixMilliseconds) -> [HealthFinding] {
        readings.compactMap { reading in
            let timeframe = reading.series.timeframe
            guard reading.goneSince == nil, let knownThrough = reading.knownThrough,
                Freshness.isMissed(knownThrough: knownThrough, of: timeframe, now: now)
            else { return nil }
            return .init(
                check: "series \(reading.series)", status: .degraded,
                value: "nothing newer is known for \((now - knownThrough) / 1000) s",
                limit: "at most \(Freshness.patience(of: timeframe) / 1000) s")
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
                    limit: "at most \(ServiceState.patience / 1000) s"))
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
        ServiceState.state(beatAt: at, now: now).map { $0 == .running ? .healthy : .degraded }
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
