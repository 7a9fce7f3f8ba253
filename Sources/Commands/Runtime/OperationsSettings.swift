import Candles
package import Foundation

/// Where the health endpoints listen.
package struct HealthSettings: Sendable, Equatable {
    package let isEnabled: Bool
    package let host: String
    package let port: Int
    /// Names that a request's Host may have, besides the host's own.
    package let allowedHosts: [String]
}

/// How often services are looked at, and what may be done about them.
package struct WatchdogSettings: Sendable, Equatable {
    package let isEnabled: Bool
    package let interval: Duration
    package let restartsOnFreeze: Bool
    /// A health endpoint that has not answered for so long is frozen.
    package let freezeThreshold: Duration
    /// In any hour; at least 0.
    package let maxRestarts: Int
    /// The file that names the services; it need not exist unless a person named it.
    package let file: URL
    package let isFileNamed: Bool
}

/// What is logged, and where.
package struct LogSettings: Sendable, Equatable {
    package let folder: URL
    /// debug, info, warning or error.
    package let level: String
    /// Text instead of JSON lines.
    package let isPlain: Bool
    /// Days that service logs are kept.
    package let rotationDays: Int
}

/// What the tasks of `ops run` are about, besides the databases.
package struct TaskSettings: Sendable, Equatable {
    /// A JSON file whose content the daily report repeats; it need not exist unless a person named it.
    package let modelMetadata: URL
    package let isModelNamed: Bool
    /// A regular expression that the command line of a wanted process matches.
    package let processPattern: String?
    /// What starts it again; run by a shell.
    package let processRestart: String?
    /// The work tree that is committed and pushed every 6 hours.
    package let gitFolder: URL?
}

extension SettingsChecker {
    mutating func health() -> HealthSettings {
        let isEnabled = onOff("HEALTH_CHECK_ENABLED", default: true)
        let hasEndpoint = onOff("FEATURE_HEALTH_ENDPOINT", default: true)
        return HealthSettings(
            isEnabled: isEnabled && hasEndpoint, host: source.text("HEALTH_CHECK_HOST") ?? "127.0.0.1",
            port: integer("HEALTH_CHECK_PORT", in: 0...65_535, default: 8080),
            allowedHosts: allowedHosts())
    }

    /// Names that requests to our servers may have as their Host.
    mutating func allowedHosts() -> [String] {
        let names = (source.text("ALLOWED_HOSTS") ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        for name in names where name.wholeMatch(of: /[A-Za-z0-9._-]+(:[0-9]+)?|\[?[0-9A-Fa-f:.]+\]?/) == nil {
            problems.append(
                "ALLOWED_HOSTS has '\(name)', which is no host name; write whole names with commas between them")
        }
        return names
    }

    mutating func watchdog() -> WatchdogSettings {
        WatchdogSettings(
            isEnabled: onOff("WATCHDOG_ENABLED", default: true),
            interval: .seconds(integer("WATCHDOG_CHECK_INTERVAL", in: 1...86_400, default: 60)),
            restartsOnFreeze: onOff("WATCHDOG_RESTART_ON_FREEZE", default: true),
            freezeThreshold: .seconds(integer("WATCHDOG_FREEZE_THRESHOLD", in: 1...86_400, default: 300)),
            maxRestarts: integer("WATCHDOG_MAX_RESTARTS", in: 0...1000, default: 3),
            file: path("WATCHDOG_CONFIG", default: "config/watchdog.json"),
            isFileNamed: source.text("WATCHDOG_CONFIG") != nil)
    }

    mutating func logs() -> LogSettings {
        LogSettings(
            folder: folder("LOG_DIR", default: "logs"),
            level: oneOf("LOG_LEVEL", ["debug", "info", "warning", "error"], default: "info"),
            isPlain: onOff("LOG_PLAIN", default: false),
            rotationDays: integer("LOG_ROTATION_DAYS", in: 1...36_500, default: 7))
    }

    mutating func tasks() -> TaskSettings {
        TaskSettings(
            modelMetadata: path("MODEL_METADATA_FILE", default: "data/cache/multiverse_champion_meta.json"),
            isModelNamed: source.text("MODEL_METADATA_FILE") != nil,
            processPattern: source.text("PROCESS_CHECK_PATTERN"),
            processRestart: source.text("PROCESS_RESTART_COMMAND"),
            gitFolder: source.text("GIT_BACKUP_DIR").map { URL(filePath: $0, directoryHint: .isDirectory) })
    }

    /// A file, from the working folder where its path is relative.
    func path(_ name: String, default fallback: String) -> URL {
        URL(filePath: (source.text(name) ?? fallback).withoutTrailingSlash, directoryHint: .notDirectory)
            .standardizedFileURL
    }

    mutating func onOff(_ name: String, default fallback: Bool) -> Bool { optionalSwitch(name) ?? fallback }

    mutating func optionalSwitch(_ name: String) -> Bool? {
        guard let text = source.text(name) else { return nil }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            problems.append("\(name) is '\(text)'; use 1 or 0")
            return nil
        }
    }

    private mutating func oneOf(_ name: String, _ values: [String], default fallback: String) -> String {
        guard let text = source.text(name)?.lowercased() else { return fallback }
        if values.contains(text) { return text }
        problems.append("\(name) is '\(text)'; use one of \(values.joined(separator: ", "))")
        return fallback
    }
}
