package import Candles
package import Foundation
package import Host
package import Resilience
package import Storage

/// What all commands read from flags, the environment and `.env`, in this order, before the defaults.
package struct Settings: Sendable {
    package let database: DatabaseLocation
    /// Every database that is configured, `database` first: at most one of each kind, or the embedded default alone.
    package let databases: [DatabaseLocation]
    /// Where the host keeps its journal; one per host user, so that all its jobs share one budget.
    package let stateFolder: URL
    package var journalFile: URL { stateFolder.appending(path: "journal.db") }
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
    package var backupPing: Secret<URL>? { only(.backupPing, readBackupPing) }
    package var alerts: AlertSettings { only(.alerts, readAlerts) }
    package var health: HealthSettings { only(.health, readHealth) }
    package var watchdog: WatchdogSettings { only(.watchdog, readWatchdog) }
    package let logs: LogSettings
    package var tasks: TaskSettings { only(.tasks, readTasks) }
    package let breakers: BreakerSettings
    private let parts: Set<SettingPart>
    private let readAlerts: AlertSettings
    private let readHealth: HealthSettings
    private let readWatchdog: WatchdogSettings
    private let readTasks: TaskSettings
    private let readBackupPing: Secret<URL>?
    /// The files that settings name as those of secrets.
    package let secretFiles: [String]

    /// Reads the settings of some parts, and reports everything that is wrong with them at once; those of other parts are not looked
    /// at, and have their defaults.
    ///
    /// `flag` is `--database`.
    ///
    /// - Throws: `SettingsFault`.
    package init(
        database flag: String?, reading parts: Set<SettingPart> = Set(SettingPart.allCases), source: SettingsSource
    )
        throws
    {
        self.parts = parts
        let source = source.limited(to: parts)
        var checker = SettingsChecker(source: source)
        databases = checker.databases(flag: flag)
        database = databases[0]
        stateFolder = checker.stateFolder()
        symbol = checker.name("CT_SYMBOL") { text throws(SeriesFault) in try Symbol(text) }
        timeframe = checker.name("CT_TIMEFRAME") { text throws(SeriesFault) in try Timeframe(text) }
        lookbackDays = checker.integer("CT_LOOKBACK_DAYS")
        exchange = checker.webAddress("BITFINEX_REST_URL")
        exchangeStream = checker.streamAddress("BITFINEX_WS_URL")
        trustedCertificates = checker.certificates(file: "SSL_CERT_FILE", folder: "SSL_CERT_DIR")
        requestsPerMinute = checker.integer("BITFINEX_REQUESTS_PER_MINUTE")
        backupFolder = checker.folder("BACKUP_DIR")
        backupKeyFile = checker.file("BACKUP_KEY_FILE", default: stateFolder.appending(path: "backup.key"))
        retention = checker.retention()
        readBackupPing = checker.secretAddress("BACKUP_PING_URL")
        readAlerts = checker.alerts()
        readHealth = checker.health()
        readWatchdog = checker.watchdog()
        logs = checker.logs()
        readTasks = checker.tasks()
        breakers = checker.breakers()
        secretFiles = SecretNames.all.sorted().compactMap { source.text($0 + "_FILE")?.withoutTrailingSlash }
        checker.misspelt()
        if !checker.problems.isEmpty { throw SettingsFault(problems: checker.problems) }
    }

    /// A command that asks for what it said it would not read is a mistake in the command.
    private func only<Part>(_ part: SettingPart, _ value: Part) -> Part {
        assert(parts.contains(part), "the part \(part) of the settings was not read")
        return value
    }

    static let secretNames = Set(SettingPart.allCases.flatMap(\.settings).filter(\.isSecret).map(\.name))

    /// Every name that is read; `.env.example` explains exactly these.
    package static let names = SettingPart.allCases.flatMap(\.settings).map(\.name)
}

/// Settings that cannot be used: all of them at once.
package struct SettingsFault: ListingFault, Equatable {
    package let problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var code: String { "settings-wrong" }
    package var kind: FaultKind { .configuration }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        problems.count == 1
            ? "a setting is wrong: \(problems[0].visible)"
            : "\(problems.count) settings are wrong:\n" + problems.map { "  - \($0.visible)" }.joined(separator: "\n")
    }
    package var hint: String? {
        "correct the flag, the environment or .env (see .env.example), and run the command again"
    }
}
