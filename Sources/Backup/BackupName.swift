package import Candles
package import Storage

/// The name of a backup's file, `sqlite_backup_20261121_020000.db.gz`: its type and the second that it is of, in UTC.
package struct BackupName: Sendable, Hashable, Comparable {
    package let type: BackupType
    /// A whole second.
    package let time: UnixMilliseconds

    package init(_ type: BackupType, at time: UnixMilliseconds) {
        self.type = type
        self.time = time - time % 1000
    }

    /// Reads a file's name; nil for any that this program would not have written, such as an impossible date.
    package init?(file: String) {
        guard let type = BackupType.allCases.first(where: { file.hasPrefix("\($0.rawValue)_backup_") }) else {
            return nil
        }
        let digits = file.dropFirst("\(type.rawValue)_backup_".count).prefix(15).split(separator: "_")
        guard digits.count == 2, digits[0].count == 8, digits[1].count == 6, let time = Self.time(digits[0], digits[1])
        else { return nil }
        self.init(type, at: time)
        guard self.file == file else { return nil }
    }

    package var file: String { "\(stem).\(type.fileExtension).gz" }
    package var manifest: String { "\(stem).manifest.json" }

    /// Whether a file of this name is a backup or its manifest.
    package static func isTaken(_ name: String) -> Bool {
        BackupType.allCases.contains { type in
            BackupName(file: name.replacing(".manifest.json", with: ".\(type.fileExtension).gz")) != nil
        }
    }

    private var stem: String {
        let digits = time.iso8601.filter { $0.isNumber }
        return "\(type.rawValue)_backup_\(digits.prefix(8))_\(digits.dropFirst(8).prefix(6))"
    }

    private static func time(_ day: Substring, _ clock: Substring) -> UnixMilliseconds? {
        guard let day = Int(day), let clock = Int(clock), day > 0, clock >= 0 else { return nil }
        let date = CivilDay(year: day / 10_000, month: day / 100 % 100, day: day % 100)
        let seconds = date.sinceEpoch * 86_400 + clock / 10_000 * 3600 + clock / 100 % 100 * 60 + clock % 100
        return UnixMilliseconds(seconds) * 1000
    }

    package static func < (one: BackupName, other: BackupName) -> Bool {
        (one.time, one.type.rawValue) < (other.time, other.type.rawValue)
    }
}

/// What a backup is of.
package enum BackupType: String, Sendable, Codable, CaseIterable {
    case sqlite, postgres
    /// The host's own journal; an SQLite file too.
    case journal

    /// Of the raw file, before `.gz`.
    package var fileExtension: String { self == .postgres ? "sql" : "db" }

    package init(of database: DatabaseLocation) {
        switch database {
        case .sqlite: self = .sqlite
        case .postgres: self = .postgres
        }
    }
}

/// Why a backup was made.
package enum BackupOccasion: String, Sendable, Codable, CaseIterable {
    /// By a timer.
    case scheduled
    /// By a person.
    case manual
    /// The way back from a restore.
    case beforeRestore = "pre_restore"
    case beforeMigration = "pre_migration"
}
