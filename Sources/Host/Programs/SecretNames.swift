/// The settings that are secrets: no program of others that we start gets them, and nothing shows them.
package enum SecretNames {
    package static let all: Set = [
        "DATABASE_URL", "FRONTEND_DATABASE_URL", "POSTGRES_PASSWORD", "PGPASSWORD", "BACKUP_PING_URL",
        "TELEGRAM_BOT_TOKEN", "SMTP_URL", "ADMIN_ALERT_WEBHOOK", "ALERT_PING_URL",
    ]

    package static func contains(_ name: String) -> Bool { all.contains(name) }
}
