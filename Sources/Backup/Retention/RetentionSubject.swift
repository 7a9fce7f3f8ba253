package import Candles
import Foundation

/// One database of one host, whose backups are told from all others: the one classification that retention, restores, suspicion,
/// tasks and pages use.
package struct RetentionSubject: Sendable, Equatable {
    package let type: BackupType
    /// The database's identity, as in manifests.
    package let database: String
    /// Who backs it up: another host's backup of what has the same name here may be of something else.
    package let host: String

    package init(type: BackupType, database: String, host: String = Self.thisHost) {
        self.type = type
        self.database = database
        self.host = host
    }

    package static var thisHost: String { ProcessInfo.processInfo.hostName }

    func has(_ manifest: Manifest) -> Bool {
        manifest.type == type && manifest.database == database && manifest.host == host
    }

    /// Why a file counts nowhere as a backup of this database; nil where it does.
    func objection(to backup: StoredBackup, now: UnixMilliseconds) -> String? {
        switch backup.manifest {
        case .missing: return "it has no manifest of this program"
        case .damaged: return "its manifest is damaged or newer than this program, so nothing tells what it is"
        case .read(let manifest):
            if manifest.formatVersion > Manifest.knownFormat {
                return "its manifest has format \(manifest.formatVersion), which this program does not know"
            }
            if manifest.type != type || manifest.database != database {
                return "it is of another database, \(manifest.database)"
            }
            if manifest.host != host { return "it is of another host, \(manifest.host)" }
            if backup.signature == .wrong { return "its signature is wrong" }
            if backup.signature == .others { return "it is signed by another installation" }
            return backup.isOfTheFuture(now: now) ? "its name is of the future" : nil
        }
    }

    /// The backups of this database that count, oldest first.
    package func own(among backups: [StoredBackup], now: UnixMilliseconds) -> [StoredBackup] {
        backups.filter { objection(to: $0, now: now) == nil }.sorted { $0.name < $1.name }
    }

    /// Those of them that a restore may choose.
    package func good(among backups: [StoredBackup], now: UnixMilliseconds) -> [StoredBackup] {
        own(among: backups, now: now).filter(\.isGood)
    }
}

extension StoredBackup {
    /// Whether a clock was wrong when it was made, or is wrong now.
    package func isOfTheFuture(now: UnixMilliseconds) -> Bool { name.time > now + RetentionPolicy.clockSlack }
}
