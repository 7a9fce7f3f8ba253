import Candles
import CommandRuntime
import Foundation
import HTTPServer
import Health
import Journal
import Resilience
import Storage

extension Composition {
    var healthMonitor: HealthMonitor<ContinuousClock> {
        let identity = HealthIdentity(
            version: ProgramVersion.text, environment: settings.alerts.environment,
            exchange: settings.exchange.host() ?? "bitfinex", features: features)
        let sources = HostHealthSources(
            folder: databaseFolder, logs: settings.logs.folder, journal: { try journal() },
            overview: { try await overview($0) },
            clock: ContinuousClock())
        return HealthMonitor(sources, identity: identity, clock: ContinuousClock(), now: Self.now)
    }

    var healthPlace: ListenAddress {
        ListenAddress(
            host: settings.health.host, port: settings.health.port, allowedHosts: settings.health.allowedHosts)
    }

    /// The page of a server that runs here; nil where the port is any free one.
    var healthURL: URL? {
        let address = HostAddress(settings.health.host)
        let own = address?.text.contains(":") == true ? "::1" : "127.0.0.1"
        let host = address?.isEvery == true ? own : settings.health.host
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        return settings.health.port == 0
            ? nil : URL(string: "http://\(name):\(settings.health.port)/health/detailed")
    }

    /// What is configured.
    private var features: [String: Bool] {
        let channels = enabledChannels
        return [
            "telegram": channels.contains("telegram"),
            "webhook": channels.contains("discord") || channels.contains("webhook"),
            "email": channels.contains("email"), "desktop": channels.contains("desktop"),
            "alert_ping": settings.alerts.ping != nil,
            "backup_ping": settings.backupPing != nil, "watchdog": settings.watchdog.isEnabled,
            "health_endpoint": settings.health.isEnabled, "process_check": settings.tasks.processPattern != nil,
            "git_backup": settings.tasks.gitFolder != nil, "model_metadata": hasModel,
        ]
    }

    /// Whether there is a file about a trained model, or should be one.
    var hasModel: Bool {
        settings.tasks.isModelNamed || FileManager.default.fileExists(atPath: settings.tasks.modelMetadata.path)
    }

    /// Postgres may be on another machine: then it is the journal's disk that counts here.
    private var databaseFolder: URL {
        if case .sqlite(let path) = settings.database {
            URL(filePath: DatabaseLocation.file(at: path)).deletingLastPathComponent()
        } else {
            settings.stateFolder
        }
    }

    /// Opened for each reading, so that a database that was replaced or restarted is seen as it is now.
    private func overview(_ now: UnixMilliseconds) async throws -> [SeriesOverview] {
        if case .sqlite(let path) = settings.database, !hasDatabase {
            throw StorageFault.cannotOpen(path: path, reason: "there is no such file yet")
        }
        let once = RetryPolicy(attempts: 1, backoff: Backoff(base: .milliseconds(1), cap: .milliseconds(1)))
        return try await settings.database.withStore(clock: ContinuousClock(), retry: once) {
            try await $0.overview(now: now)
        }
    }
}
