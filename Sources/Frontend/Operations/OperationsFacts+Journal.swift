import Alerts
import Candles
import Foundation
import HostStatus
import Journal
import Resilience

extension OperationsFacts {
    /// What this host's own journal says at this moment.
    init(_ journal: Journal, host: String, now: UnixMilliseconds) async throws {
        let uptime = Int64(ProcessInfo.processInfo.systemUptime * 1000)
        self.init(moment: JobMoment(now: now, bootedAt: now - uptime))
        services = try await journal.heartbeats()
        // One that ended as it was told took its beat with it.
        moment.scheduler = services[Self.scheduler].map { Self.isFresh($0, now) ? .alive : .silent } ?? .stopped
        moment.isStreaming = services[Self.stream].map { Self.isFresh($0, now) } ?? false
        jobs = try await journal.jobHistories(since: now - Self.memory).map { history in
            Job(history: history, progress: history.progress.map { HostStatus.Progress($0, of: history, now: now) })
        }
        breakers = try await journal.breakers().map { BreakerRow($0.standing(now: now), host: host) }
        alerts = try await journal.firingAlerts(since: now - 86_400_000).filter { $0.severity > 0 }
            .map { AlertRow($0, host: host) }
    }

    /// As `ops status` looks back.
    private static let memory: Int64 = 90 * 86_400_000

    static func isFresh(_ beat: UnixMilliseconds, _ now: UnixMilliseconds) -> Bool {
        ServiceState.state(beatAt: beat, now: now) == .running
    }
}

extension BreakerRow {
    init(_ standing: BreakerStatus, host: String) {
        self.init(
            name: standing.name, host: host, state: State(standing.phase.rawValue), failures: standing.failures,
            refused: standing.refused)
        sinceMs = standing.since
        lastError = standing.reason
        retryAtMs = standing.retryAt
    }
}

extension BreakerRow.State {
    /// One that a person holds open is open, and one that is switched off lets every call go.
    init(_ phase: String) {
        switch CircuitBreakerPhase(rawValue: phase) {
        case .closed, .disabled: self = .closed
        case .halfOpen: self = .halfOpen
        case .open, .forcedOpen, nil: self = .open
        }
    }
}

extension AlertRow {
    init(_ alert: AlertEntry, host: String) {
        self.init(
            id: AlertRow.id(alert.key), host: host,
            severity: Severity(nearest: alert.severity).name,
            source: FolderlessText.of(alert.source), message: FolderlessText.of(alert.message),
            hint: alert.hint.map(FolderlessText.of), sinceMs: alert.firstAt, lastMs: alert.lastAt, count: alert.count)
    }

    /// The key without folders; two keys that differ in these alone are told apart by a number.
    static func id(_ key: String) -> String {
        let plain = FolderlessText.of(key.replacing("//", with: " /"))
        if plain == key { return key }
        let digest = key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\(plain)-\(String(digest % 0x1_0000_0000, radix: 16))"
    }
}
