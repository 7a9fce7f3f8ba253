import Alerts
import Backup
import Candles
import CommandRuntime
import Foundation
import Host
import Journal
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

    var backups: BackupParts {
        let retention = settings.retention
        return BackupParts(
            folder: folder,
            retention: RetentionPolicy(
                days: retention.days, weekly: retention.weekly, monthly: retention.monthly),
            databases: settings.databases, state: settings.stateFolder, now: Self.now)
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

    /// - Throws: `SettingsFault` where there is none of this type.
    func databases(of type: BackupType?) throws -> [DatabaseLocation] {
        let databases = backups.databases(of: type)
        if databases.isEmpty, let type, type != .journal {
            throw SettingsFault(problems: [
                "no \(type.rawValue) database is configured; set \(Self.names(type)), or use --database"
            ])
        }
        return databases
    }

    private static func names(_ type: BackupType) -> String {
        type == .sqlite ? "DATABASE_PATH" : "DATABASE_URL or POSTGRES_HOST"
    }
}
