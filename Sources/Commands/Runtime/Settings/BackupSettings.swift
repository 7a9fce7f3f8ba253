import Foundation

extension Setting {
    static let backups: [Setting] = [
        Setting(
            "BACKUP_DIR",
            """
            Folder of the backups and their manifests, from the working folder; it is created, for its owner \
            alone. It must lie on a local file system.
            """,
            default: "backups"),
        Setting(
            "BACKUP_KEY_FILE",
            """
            File with the key that signs the manifests of backups; made by the first backup, for its owner \
            alone. Not in BACKUP_DIR: who has it can make backups that a restore believes. Keep a copy.
            """,
            otherwise: "backup.key in STATE_DIR", example: "/home/me/.config/cryptotrader/backup.key"),
        Setting(
            "RETENTION_DAYS",
            """
            Days for which every backup is kept. Older ones are removed after a new one was made and verified, \
            but never the newest 3 good ones, and never those without a manifest of ours.
            """,
            default: "7", in: 1...36_500, unit: "days"),
        Setting(
            "RETENTION_WEEKLY",
            """
            Of so many weeks (from Monday, in UTC) that have a good backup, the first good one is kept too.
            """,
            default: "0", in: 0...1200, example: "8"),
        Setting(
            "RETENTION_MONTHLY", "Of so many months that have a good backup, the first good one is kept too.",
            default: "0", in: 0...1200, example: "12"),
    ]

    static let backupPing: [Setting] = [
        Setting(
            "BACKUP_PING_URL",
            """
            Address of a dead man's switch, http or https: a service that raises an alarm when it hears nothing. \
            It is asked for ADDRESS/start and then for ADDRESS/EXIT-CODE. A secret: it is never shown. What \
            becomes of it never changes a backup.
            """,
            isSecret: true, example: "https://example.org/ping/key")
    ]
}

/// How long backups are kept.
package struct RetentionSettings: Sendable, Equatable {
    /// Every backup is kept for so long; at least 1.
    package let days: Int
    /// Of so many weeks the first good one is kept too; 0 is none.
    package let weekly: Int
    /// Of so many months the first good one is kept too; 0 is none.
    package let monthly: Int
}

extension SettingsChecker {
    /// A folder, from the working folder where its path is relative.
    func folder(_ name: String) -> URL {
        URL(filePath: text(name), directoryHint: .isDirectory).standardizedFileURL
    }

    mutating func file(_ name: String, default fallback: URL) -> URL {
        source.text(name).map { URL(filePath: $0).standardizedFileURL } ?? fallback
    }

    mutating func retention() -> RetentionSettings {
        RetentionSettings(
            days: integer("RETENTION_DAYS"),
            weekly: integer("RETENTION_WEEKLY"),
            monthly: integer("RETENTION_MONTHLY"))
    }
}
