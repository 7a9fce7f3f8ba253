/// Health as a person reads it.
package struct HealthText {
    private let document: HealthDocument
    private let origin: String

    package init(_ document: HealthDocument, origin: String) {
        self.document = document
        self.origin = origin
    }

    package var lines: [String] {
        let environment = document.environment.map { " (\($0))" } ?? ""
        return ["cryptotrader \(document.version)\(environment) is \(document.status.rawValue)"]
            + document.findings.map { "  \($0.status.rawValue): \($0.sentence)" }
            + facts.map { name, value in name + String(repeating: " ", count: 10 - name.count) + value }
            + ["\(origin), at \(document.taken_at)"]
    }

    private var facts: [(String, String)] {
        [
            ("services", Self.list(document.services)),
            ("uptime", "\(document.uptime_seconds) s"), ("cycles", cycles),
            ("alerts", "\(document.alerts_today) today, \(document.alerts_week) in 7 days"),
            ("disk", document.disk_free_gb.map { "\($0) GB free" } ?? "unknown"), ("gpu", gpu), ("series", series),
            ("backups", document.last_backup.isEmpty ? "none" : Self.list(document.last_backup)),
            ("breakers", document.breakers.isEmpty ? "none" : Self.list(document.breakers)),
            ("features", features),
        ]
    }

    private var cycles: String {
        let last = document.last_cycle_seconds_ago.map { "the last \($0) s ago" } ?? "none yet"
        return
            "\(last), \(document.cycles_today) today; \(document.errors_last_hour) errors and failed runs in the last hour"
    }

    private var gpu: String {
        guard let busy = document.gpu_utilization, let used = document.vram_used_mb else { return "none" }
        return "\(busy) %, \(used) MB"
    }

    private var series: String {
        if document.series.isEmpty { return "none" }
        let unknown = document.series.map(\.unknown).reduce(0, +)
        let gone = document.series.count { $0.gone_since != nil }
        let oldest = document.series.filter { $0.gone_since == nil }.max {
            ($0.age_seconds ?? 0) < ($1.age_seconds ?? 0)
        }
        let age = oldest.flatMap { one in one.age_seconds.map { ", the oldest \($0) s behind (\(one.name))" } } ?? ""
        return "\(document.series.count)\(age), \(unknown) unknown intervals"
            + (gone == 0 ? "" : ", \(gone) gone from the exchange")
    }

    private var features: String {
        let on = document.features.filter(\.value).keys.sorted()
        return on.isEmpty ? "none" : on.joined(separator: ", ")
    }

    private static func list(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
