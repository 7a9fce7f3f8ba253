import Candles
import Journal
import Resilience

/// The JSON form of a report; a value that is not known is null, not left out.
package struct HealthDocument: Sendable, Equatable, Codable {
    package let status: HealthStatus
    package let uptime_seconds: Int64
    package let last_cycle_seconds_ago: Int64?
    package let cycles_today: Int
    package let alerts_today: Int
    package let alerts_week: Int
    package let errors_last_hour: Int
    package let gpu_utilization: Double?
    package let vram_used_mb: Int?
    package let disk_free_gb: Double?
    package let features: [String: Bool]
    /// healthy, degraded, unhealthy or unknown.
    package let services: [String: String]
    package let taken_at: String
    package let version: String
    package let environment: String?
    package let findings: [HealthFinding]
    package let series: [SeriesDocument]
    /// Times of the last whole backup, by type.
    package let last_backup: [String: String]
    /// Phases, by name.
    package let breakers: [String: String]

    package struct SeriesDocument: Sendable, Equatable, Codable {
        package let name: String
        package let candles: Int
        package let unknown: Int
        package let suspect: Int
        package let age_seconds: Int64?
        /// Left out where the exchange has the series.
        package let gone_since: String?
    }

    package init(_ report: HealthReport) {
        let readings = report.readings
        let reads = readings.journal.value ?? .init()
        status = report.status
        uptime_seconds = readings.uptimeSeconds
        last_cycle_seconds_ago = reads.lastCycleEnd.map { max(0, readings.takenAt - $0) / 1000 }
        cycles_today = reads.cyclesToday
        alerts_today = reads.alertsToday
        alerts_week = reads.alertsWeek
        errors_last_hour = reads.failedLastHour + readings.loggedErrors
        gpu_utilization = readings.gpu?.utilization
        vram_used_mb = readings.gpu?.memoryUsed
        disk_free_gb = readings.disk?.free.gigabytes
        features = report.identity.features
        services = report.services.mapValues { $0?.rawValue ?? "unknown" }
        taken_at = readings.takenAt.iso8601
        version = report.identity.version
        environment = report.identity.environment
        findings = report.findings
        series = (readings.series.value ?? []).map {
            SeriesDocument(
                name: "\($0.series)", candles: $0.candles, unknown: $0.unknown, suspect: $0.suspect,
                age_seconds: $0.ageSeconds, gone_since: $0.goneSince?.iso8601)
        }
        last_backup = reads.backups.mapValues(\.iso8601)
        breakers = Dictionary(reads.breakers.map { ($0.name, $0.phase.rawValue) }) { first, _ in first }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(status, forKey: .status)
        try box.encode(uptime_seconds, forKey: .uptime_seconds)
        try box.encode(last_cycle_seconds_ago, forKey: .last_cycle_seconds_ago)
        try box.encode(cycles_today, forKey: .cycles_today)
        try box.encode(alerts_today, forKey: .alerts_today)
        try box.encode(alerts_week, forKey: .alerts_week)
        try box.encode(errors_last_hour, forKey: .errors_last_hour)
        try box.encode(gpu_utilization, forKey: .gpu_utilization)
        try box.encode(vram_used_mb, forKey: .vram_used_mb)
        try box.encode(disk_free_gb, forKey: .disk_free_gb)
        try box.encode(features, forKey: .features)
        try box.encode(services, forKey: .services)
        try box.encode(taken_at, forKey: .taken_at)
        try box.encode(version, forKey: .version)
        try box.encode(environment, forKey: .environment)
        try box.encode(findings, forKey: .findings)
        try box.encode(series, forKey: .series)
        try box.encode(last_backup, forKey: .last_backup)
        try box.encode(breakers, forKey: .breakers)
    }
}
