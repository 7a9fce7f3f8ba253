import Candles
import HTTPServer
import Journal
import Resilience

/// The report as metrics.
struct HealthMetrics {
    private var metrics = MetricsText()

    static func text(_ report: HealthReport) -> String {
        var metrics = HealthMetrics()
        metrics.add(report)
        return metrics.metrics.text
    }

    private mutating func add(_ report: HealthReport) {
        let readings = report.readings
        metrics.add(
            "info", "Which program this is, and where it runs; always 1.",
            [([("version", report.identity.version), ("environment", report.identity.environment ?? "")], 1)])
        metrics.add(
            "health_status", "1 for the status that holds, 0 for the others.",
            HealthStatus.allCases.map { ([("status", $0.rawValue)], report.status == $0 ? 1 : 0) })
        metrics.add("uptime_seconds", "Since the process that serves this began.", Double(readings.uptimeSeconds))
        metrics.add(
            "health_readings_timestamp_seconds", "When these values were read.", Double(readings.takenAt) / 1000)
        metrics.add(
            "disk_free_bytes", "Of the file system that holds the database.", readings.disk.map { Double($0.free) })
        metrics.add(
            "disk_size_bytes", "Of the file system that holds the database.", readings.disk.map { Double($0.total) })
        metrics.add("gpu_utilization_ratio", "Of the busiest card.", readings.gpu.map { $0.utilization / 100 })
        metrics.add("gpu_memory_used_bytes", "Of all cards.", readings.gpu.map { Double($0.memoryUsed) * 1_048_576 })
        metrics.add(
            "feature_enabled", "Whether something is configured.",
            report.identity.features.sorted { $0.key < $1.key }.map { ([("feature", $0.key)], $0.value ? 1 : 0) })
        metrics.add(
            "service_healthy", "Whether a part that others depend on is healthy.",
            report.services.sorted { $0.key < $1.key }.compactMap { name, status in
                status.map { ([("service", name)], $0 == .healthy ? 1 : 0) }
            })
        add(readings.series.value ?? [])
        if let reads = readings.journal.value { add(reads, at: readings.takenAt) }
    }

    private mutating func add(_ series: [SeriesReading]) {
        func samples(_ value: (SeriesReading) -> Double?) -> [MetricsText.Sample] {
            series.compactMap { reading in
                let labels = [("symbol", reading.series.symbol.name), ("timeframe", reading.series.timeframe.rawValue)]
                return value(reading).map { (labels, $0) }
            }
        }
        metrics.add("series_candles", "Candles that are kept.", samples { Double($0.candles) })
        metrics.add("series_unknown_intervals", "Intervals of which nothing is proven.", samples { Double($0.unknown) })
        metrics.add("series_suspect_candles", "Candles that contradict themselves.", samples { Double($0.suspect) })
        metrics.add(
            "series_age_seconds", "Since the interval of the last final candle ended.",
            samples { $0.goneSince == nil ? $0.ageSeconds.map(Double.init) : nil })
    }

    private mutating func add(_ reads: JournalHealth, at now: UnixMilliseconds) {
        func age(_ at: UnixMilliseconds) -> Double { Double(max(0, now - at)) / 1000 }
        metrics.add("last_cycle_age_seconds", "Since a job that fetches candles ended.", reads.lastCycleEnd.map(age))
        metrics.add("cycles_today", "Jobs that fetched candles since midnight UTC.", Double(reads.cyclesToday))
        metrics.add("alerts_today", "Alerts raised since midnight UTC.", Double(reads.alertsToday))
        metrics.add("alerts_week", "Alerts raised in the last 7 days.", Double(reads.alertsWeek))
        metrics.add("failed_runs_last_hour", "Runs of any job that failed.", Double(reads.failedLastHour))
        metrics.add(
            "heartbeat_age_seconds", "Since a service last said that it works.",
            reads.heartbeats.sorted { $0.key < $1.key }.map { ([("service", $0.key)], age($0.value)) })
        metrics.add(
            "backup_age_seconds", "Since the last whole backup ended.",
            reads.backups.sorted { $0.key < $1.key }.map { ([("type", $0.key)], age($0.value)) })
        add(reads.breakers)
    }

    private mutating func add(_ breakers: [JournalHealth.Breaker]) {
        metrics.add(
            "breaker_state", "1 for the state that a circuit breaker is in, 0 for the others.",
            breakers.flatMap { breaker in
                CircuitBreakerPhase.allCases.map { phase in
                    ([("breaker", breaker.name), ("state", phase.rawValue)], breaker.phase == phase ? 1 : 0)
                }
            })
        metrics.add(
            "breaker_events_total", "What a circuit breaker has counted since the journal began.",
            breakers.flatMap { breaker in
                BreakerTotal.allCases.map { total in
                    ([("breaker", breaker.name), ("kind", total.rawValue)], Double(breaker.totals[total] ?? 0))
                }
            }, kind: .counter)
    }
}
