package import Candles
package import Foundation
package import Host
package import Storage

/// What all commands read from flags, the environment and `.env`, in this order, before the defaults.
package struct Settings: Sendable {
    package let database: DatabaseLocation
    /// Every database that is configured, `database` first: at most one of each kind, or the embedded default alone.
    package let databases: [DatabaseLocation]
    /// Where the host keeps its journal; one per host user, so that all its jobs share one budget.
    package let stateFolder: URL
    package let symbol: Symbol?
    package let timeframe: Timeframe?
    package let lookbackDays: Int
    /// The exchange without `/v2`.
    package let exchange: URL
    /// The exchange's WebSocket.
    package let exchangeStream: URL
    /// A file or a folder with the only certificates to trust; nil: those of the system.
    package let trustedCertificates: String?
    /// 0 is no limit.
    package let requestsPerMinute: Int
    /// Where backups are kept; absolute.
    package let backupFolder: URL
    /// What signs the manifests of backups; absolute.
    package let backupKeyFile: URL
    package let retention: RetentionSettings
    /// Who is told of each backup's start and end.
    package let backupPing: Secret<URL>?
    package let alerts: AlertSettings
    package let health: HealthSettings
    package let watchdog: WatchdogSettings
    package let logs: LogSettings
    package let tasks: TaskSettings
    package let breakers: BreakerSettings
    /// The files that settings name as those of secrets.
    package let secretFiles: [String]

    /// Reads all settings, and reports everything that is wrong with them at once.
    ///
    /// `flag` is `--database`.
    ///
    /// - Throws: `SettingsFault`.
    package init(database flag: String?, source: SettingsSource) throws {
        var checker = SettingsChecker(source: source)
        databases = checker.databases(flag: flag)
        database = databases[0]
        stateFolder = checker.stateFolder()
        symbol = checker.name("CT_SYMBOL") { text throws(SeriesFault) in try Symbol(text) }
        timeframe = checker.name("CT_TIMEFRAME") { text throws(SeriesFault) in try Timeframe(text) }
        lookbackDays = checker.integer("CT_LOOKBACK_DAYS", in: 1...36_500, default: 30)
        exchange = checker.webAddress("BITFINEX_REST_URL", default: "https://api-pub.bitfinex.com")
        exchangeStream = checker.streamAddress("BITFINEX_WS_URL", default: "wss://api-pub.bitfinex.com/ws/2")
        trustedCertificates = checker.certificates(file: "SSL_CERT_FILE", folder: "SSL_CERT_DIR")
        requestsPerMinute = checker.integer("BITFINEX_REQUESTS_PER_MINUTE", in: 0...60_000, default: 20)
        backupFolder = checker.folder("BACKUP_DIR", default: "backups")
        backupKeyFile = checker.file("BACKUP_KEY_FILE", default: stateFolder.appending(path: "backup.key"))
        retention = checker.retention()
        backupPing = checker.secretAddress("BACKUP_PING_URL")
        alerts = checker.alerts()
        health = checker.health()
        watchdog = checker.watchdog()
        logs = checker.logs()
        tasks = checker.tasks()
        breakers = checker.breakers()
        secretFiles = SecretNames.all.sorted().compactMap { source.text($0 + "_FILE")?.withoutTrailingSlash }
        checker.misspelt(of: Self.names)
        if !checker.problems.isEmpty { throw SettingsFault(problems: checker.problems) }
    }

    /// Every name that is read; `.env.example` explains exactly these.
    package static let names = [
        "DATABASE_URL", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD",
        "DATABASE_PATH", "STATE_DIR", "CT_SYMBOL", "CT_TIMEFRAME", "CT_LOOKBACK_DAYS", "BITFINEX_REST_URL",
        "BITFINEX_WS_URL", "SSL_CERT_FILE", "SSL_CERT_DIR", "BITFINEX_REQUESTS_PER_MINUTE", "BACKUP_DIR",
        "BACKUP_KEY_FILE",
        "RETENTION_DAYS",
        "RETENTION_WEEKLY",
        "RETENTION_MONTHLY", "BACKUP_PING_URL", "ALERT_CONFIG", "TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID",
        "TELEGRAM_API_BASE", "ALERT_EMAIL", "ALERT_EMAIL_FROM", "SMTP_URL", "ADMIN_ALERT_WEBHOOK", "ALERT_DESKTOP",
        "ALERT_PING_URL", "DEPLOYMENT_ENV", "HEALTH_CHECK_ENABLED", "FEATURE_HEALTH_ENDPOINT", "HEALTH_CHECK_HOST",
        "HEALTH_CHECK_PORT", "ALLOWED_HOSTS", "WATCHDOG_ENABLED", "WATCHDOG_CHECK_INTERVAL",
        "WATCHDOG_RESTART_ON_FREEZE", "WATCHDOG_FREEZE_THRESHOLD", "WATCHDOG_MAX_RESTARTS", "WATCHDOG_CONFIG",
        "LOG_DIR", "LOG_LEVEL", "LOG_PLAIN", "LOG_ROTATION_DAYS", "MODEL_METADATA_FILE", "PROCESS_CHECK_PATTERN",
        "PROCESS_RESTART_COMMAND", "GIT_BACKUP_DIR", "FRONTEND_HOST", "FRONTEND_PORT", "API_HOST", "API_PORT",
        "FRONTEND_DATABASE_URL",
        "WEB_ASSETS_DIR", "LOG_FILE", "BREAKER_FAILURE_THRESHOLD", "BREAKER_SUCCESS_THRESHOLD", "BREAKER_TIMEOUT",
        "BREAKER_WINDOW_SIZE", "BREAKER_FAILURE_RATE_THRESHOLD", "BREAKER_HALF_OPEN_MAX_CALLS",
        "BREAKER_SLOW_CALL_THRESHOLD", "BREAKER_MINIMUM_CALLS",
    ]
}
