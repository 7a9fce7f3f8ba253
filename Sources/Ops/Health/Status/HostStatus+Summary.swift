package import Alerts
import Candles
package import HostStatus
import Journal

extension HostStatus.Disk {
    package init(_ room: DiskRoom) {
        self.init(path: room.path, freeGb: room.free.gigabytes, totalGb: room.total.gigabytes)
    }
}

extension HostStatus.FiringAlert {
    package init(_ alert: AlertEntry) {
        self.init(severity: Severity(rawValue: alert.severity)?.name ?? "unknown", message: alert.message)
        (id, source, hint, count) = (alert.key, alert.source, alert.hint, alert.count)
        (since, last) = (ReportedTime(alert.firstAt), ReportedTime(alert.lastAt))
    }
}

extension HostStatus {
    /// One line for a daily message.
    package var summary: String {
        var parts = ["\(series.count) series, \(series.candles) candles, \(series.unknown) unknown"]
        if let uptimeSeconds { parts.append("up \(uptimeSeconds / 86_400) d \(uptimeSeconds % 86_400 / 3600) h") }
        parts += disks.prefix(1).map { "\($0.freeGb) GB free" }
        parts += backups.map { backup in
            "\(backup.type) backup " + (backup.ageSeconds.map { "\($0 / 3600) h old" } ?? "MISSING")
        }
        let open = breakers.filter { $0.state != "closed" }.map(\.name)
        parts.append(open.isEmpty ? "all breakers closed" : "breakers open: \(open.joined(separator: ", "))")
        if let champion = ChampionModel(model) { parts.append(champion.sentence) }
        if !problems.isEmpty { parts.append("could not be read: \(problems.joined(separator: "; "))") }
        return parts.joined(separator: " · ")
    }
}
