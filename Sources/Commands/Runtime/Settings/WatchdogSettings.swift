package import Foundation

extension Setting {
    static let watchdog: [Setting] = [
        Setting(
            "WATCHDOG_ENABLED", "Whether anything is watched: 1 or 0.",
            default: "1"),
        Setting(
            "WATCHDOG_CHECK_INTERVAL",
            """
            How often each service is looked at; also by the timer, once scripts/install-user-units has run \
            again.
            """,
            default: "60", in: 1...86_400, unit: "seconds"),
        Setting(
            "WATCHDOG_RESTART_ON_FREEZE", "Whether a service that is frozen is restarted, or only reported: 1 or 0.",
            default: "1"),
        Setting(
            "WATCHDOG_FREEZE_THRESHOLD", "A health endpoint that has not answered for so long is frozen.",
            default: "300", in: 1...86_400, unit: "seconds"),
        Setting(
            "WATCHDOG_MAX_RESTARTS",
            """
            Restarts of one service in any hour; past it a person is told, and nothing more is done.
            """,
            default: "3", in: 0...1000),
        Setting(
            "WATCHDOG_CONFIG", "JSON file that names the services; see docs/WATCHDOG.md.",
            default: "config/watchdog.json", otherwise: "; without it our own services are watched"),
    ]
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

extension SettingsChecker {
    mutating func watchdog() -> WatchdogSettings {
        WatchdogSettings(
            isEnabled: onOff("WATCHDOG_ENABLED"),
            interval: .seconds(integer("WATCHDOG_CHECK_INTERVAL")),
            restartsOnFreeze: onOff("WATCHDOG_RESTART_ON_FREEZE"),
            freezeThreshold: .seconds(integer("WATCHDOG_FREEZE_THRESHOLD")),
            maxRestarts: integer("WATCHDOG_MAX_RESTARTS"),
            file: path("WATCHDOG_CONFIG"),
            isFileNamed: source.text("WATCHDOG_CONFIG") != nil)
    }
}
