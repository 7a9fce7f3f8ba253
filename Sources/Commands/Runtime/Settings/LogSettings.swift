package import Foundation

extension Setting {
    static let logs: [Setting] = [
        Setting(
            "LOG_DIR",
            """
            Folder of the logs, from the working folder: all services and jobs append to the same files there.
            """,
            default: "logs"),
        Setting(
            "LOG_LEVEL",
            """
            The least that any service or job says, on its console and in the files: debug, info, warning or \
            error.
            """,
            default: "info"),
        Setting(
            "LOG_PLAIN",
            """
            A plain console: one line an entry, and no bar that is drawn over itself: 1 or 0. The files hold \
            JSON in any case.
            """,
            default: "0"),
        Setting(
            "LOG_ROTATION_DAYS",
            """
            Days that rotated logs are kept, of bot, errors, health, watchdog and service_*; backup logs are \
            kept for 12 weeks.
            """,
            default: "7", in: 1...36_500),
        Setting(
            "LOG_FILE",
            """
            Log of scripts/backup_database.sh, which the nightly unit runs, and of scripts/restore_database.sh; \
            a relative path is one of the clone.
            """,
            default: "logs/backup.log"),
    ]
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

extension SettingsChecker {
    mutating func logs() -> LogSettings {
        LogSettings(
            folder: folder("LOG_DIR"),
            level: oneOf("LOG_LEVEL", ["debug", "info", "warning", "error"]),
            isPlain: onOff("LOG_PLAIN"),
            rotationDays: integer("LOG_ROTATION_DAYS"))
    }
}
