import Candles

/// What a restore would do, and what it would cost.
package struct RestorePlan: Sendable, Equatable {
    package struct Table: Sendable, Equatable {
        package let name: String
        /// Nil where there is no such table now.
        package let rowsNow: Int?
        /// Nil where the backup has none.
        package let rowsThen: Int?

        package init(name: String, rowsNow: Int?, rowsThen: Int?) {
            self.name = name
            self.rowsNow = rowsNow
            self.rowsThen = rowsThen
        }
    }

    /// The database's identity.
    package let database: String
    /// What a person types to confirm.
    package let name: String
    package let isUndo: Bool
    /// Path of the backup; nil where a restore is taken back without one.
    package let file: String?
    /// Of the backup; nil for a file that this program has not written.
    package let manifest: Manifest?
    /// What there is now; nil where there is no database, or none that can be read.
    package let contents: DatabaseContents?
    /// Why what there is now cannot be read.
    package let problem: String?
    package let room: RestoreRoom?
    /// Whether the backup was read from end to end just now; it is later where a database may only swap its name.
    package let isVerifiedNow: Bool
    /// Without it there is no way back.
    package let makesSafetyBackup: Bool
    /// Who vouches for the backup.
    package var signature = ManifestSignature.unchecked

    /// By name, those of now and those of the backup; empty where nobody knows what the backup holds.
    package var tables: [Table] {
        guard let manifest else { return [] }
        let then = Dictionary(manifest.tables.map { ($0.name, $0.rows) }, uniquingKeysWith: { one, _ in one })
        let now = contents?.tables ?? [:]
        return Set(then.keys).union(now.keys).sorted().map { Table(name: $0, rowsNow: now[$0], rowsThen: then[$0]) }
    }

    /// Tables of now that the backup does not have.
    package var drops: [Table] { tables.filter { $0.rowsThen == nil } }

    package var rowsNow: Int? { contents?.rows ?? (problem == nil ? 0 : nil) }
    package var rowsThen: Int? { manifest?.rows }

    /// Rows that are there now and would not be, table by table; nil where nobody can tell.
    package var rowsLost: Int? {
        guard manifest != nil, problem == nil else { return nil }
        return tables.reduce(0) { $0 + max(0, ($1.rowsNow ?? 0) - ($1.rowsThen ?? 0)) }
    }

    package var newestNow: String? { contents?.newestCandle }
    package var newestThen: String? { manifest?.newestCandle }

    /// By how much the newest candle of now is younger than the backup's; nil where it is not, or one has none.
    package var lostMilliseconds: Int64? {
        guard let now = newestNow.flatMap({ try? UnixMilliseconds(iso8601: $0) }),
            let then = newestThen.flatMap({ try? UnixMilliseconds(iso8601: $0) }), now > then
        else { return nil }
        return now - then
    }

    /// Whether there is anything that a safety backup could save.
    package var hasSomethingToSave: Bool { problem != nil || contents?.tables.isEmpty == false }
}

/// What a person asks for.
package struct RestoreRequest: Sendable, Equatable {
    /// A path, or a name in the folder of backups; nil for the newest good backup of the database.
    package var file: String?
    /// Take the last restore back.
    package var isUndo = false
    /// Also a file without a manifest.
    package var allowsUnverified = false
    /// Also a file that brings triggers, functions and the like that are not of this program.
    package var allowsForeignObjects = false
    package var makesSafetyBackup = true
    /// Plan only.
    package var isDryRun = false

    package init() {}
}

/// How a restore ended.
package struct RestoreOutcome: Sendable, Equatable {
    package enum Ending: String, Sendable {
        case planned, declined, restored
        /// The database of before the restore has its name again.
        case swappedBack = "swapped_back"
    }

    package let plan: RestorePlan
    package let ending: Ending
    /// The file name of the backup that was made of what was replaced.
    package let safetyBackup: String?
}
