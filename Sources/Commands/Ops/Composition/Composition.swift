import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Host
import Journal
import Postgres
import Storage
import Transport

/// Builds the concrete parts: the one place of this command that knows them.
struct Composition {
    let settings: Settings
    /// `--database`, which the programs that we start must be told.
    var databaseFlag: String?

    static let now: @Sendable () -> UnixMilliseconds = { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) }

    /// Milliseconds of the clock that breakers share.
    static let monotonicNow: @Sendable () -> Int64 = { BootIdentity.milliseconds }

    var folder: BackupFolder { BackupFolder(settings.backupFolder, key: BackupKeyFile(settings.backupKeyFile)) }

    func journal() throws -> Journal { try Journal(folder: settings.stateFolder, now: Self.now) }

    /// What a backup of this type, or of all types, is made of.
    ///
    /// - Throws: `SettingsFault` where no database of this type is configured.
    func sources(of type: BackupType?) throws -> [any BackupSource] {
        var sources: [any BackupSource] = try databases(of: type).map { try $0.backupSource() }
        if type == .journal || type == nil && FileManager.default.fileExists(atPath: journalPath) {
            sources.append(SQLiteSource(journal: journalPath))
        }
        return sources
    }

    /// The journal's backups; nil where there is no journal yet.
    var journalSubject: RetentionSubject? {
        guard FileManager.default.fileExists(atPath: journalPath) else { return nil }
        return RetentionSubject(type: .journal, database: SQLiteSource(journal: journalPath).database)
    }

    private var journalPath: String { settings.stateFolder.appending(path: "journal.db").path }

    var retention: RetentionPolicy {
        RetentionPolicy(
            days: settings.retention.days, weekly: settings.retention.weekly, monthly: settings.retention.monthly)
    }

    /// Nil where nobody is to be told.
    func ping(note: @escaping @Sendable (String) -> Void) -> DeadMansSwitch<ContinuousClock>? {
        settings.backupPing.map {
            DeadMansSwitch(
                $0, setting: "BACKUP_PING_URL",
                over: breaking(
                    AsyncHTTPTransport(connectionsPerHost: 1, trustedCertificates: settings.trustedCertificates),
                    name: "backup-ping"), note: note)
        }
    }

    func verifier(_ folder: BackupFolder) -> BackupVerifier {
        let clusters = settings.databases.compactMap { database -> PostgresSettings? in
            if case .postgres(let settings) = database { settings } else { nil }
        }
        return BackupVerifier(folder, cluster: clusters.first, now: Self.now)
    }

    /// - Throws: `SettingsFault` where there is none of this type.
    func databases(of type: BackupType?) throws -> [DatabaseLocation] {
        let databases = settings.databases.filter { type == nil || BackupType(of: $0) == type }
        if databases.isEmpty, let type, type != .journal {
            throw SettingsFault(problems: [
                "no \(type.rawValue) database is configured; set \(Self.names(type)), or use --database"
            ])
        }
        return databases
    }

    func restoreTarget(_ database: DatabaseLocation) throws -> any RestoreTarget {
        switch database {
        case .sqlite(let path): SQLiteRestoreTarget(path: path, journal: try journal(), now: Self.now)
        case .postgres(let settings):
            PostgresRestoreTarget(
                settings, journal: try journal(), installation: try folder.installation(), clock: ContinuousClock(),
                now: Self.now)
        }
    }

    private static func names(_ type: BackupType) -> String {
        type == .sqlite ? "DATABASE_PATH" : "DATABASE_URL or POSTGRES_HOST"
    }
}
