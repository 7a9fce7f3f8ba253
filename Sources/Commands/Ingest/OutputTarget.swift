import Backup
import CommandRuntime
import Foundation
import Host
import Resilience
import Storage
import SystemPackage

/// The file that an export is to become, and what keeps it from becoming it.
struct OutputTarget {
    /// As it was named.
    let path: String
    /// Where that leads to, through links.
    let file: String
    private let overwrites: Bool
    /// Files of ours, there or not, each with what it is.
    private let ours: [(file: String, name: String)]
    init(path: String, overwrites: Bool, settings: Settings) {
        self.path = path
        self.overwrites = overwrites
        file = DatabaseLocation.file(at: path)
        var ours: [(String, String)] = []
        if case .sqlite(let database) = settings.database {
            let database = DatabaseLocation.file(at: database)
            ours += ["", "-wal", "-shm", "-journal"].map { (database + $0, "the database that it reads") }
        }
        let journal = DatabaseLocation.file(at: settings.stateFolder.appending(path: "journal.db").path)
        ours += ["", "-wal", "-shm"].map { (journal + $0, "the journal") }
        self.ours = ours
    }

    /// - Throws: `ExportFault.refused`.
    func check() throws(ExportFault) {
        let there = Standing(file)
        for (name, what) in ours where file == name || (there != nil && there?.identity == Standing(name)?.identity) {
            throw refused("it is \(what), or a part of it", "name another file")
        }
        if Self.isOfBackup(URL(filePath: file).lastPathComponent) {
            throw refused("that is the name of a backup", "name another file")
        }
        guard let there else { return }
        if !there.isRegular {
            throw refused("it is no regular file", "name a file; without --output it goes to stdout")
        }
        if !overwrites { throw refused("it is there already", "name another file, or say --overwrite") }
    }

    /// Gives a finished file its name.
    ///
    /// - Throws: `Errno`, `ExportFault`.
    func take(_ temporary: String) throws {
        if overwrites {
            return try DurableFile.rename(temporary, to: file)
        }
        // Unlike a rename, this never replaces what came there meanwhile.
        if unsafe link(temporary, file) == 0 {
            try? FileManager.default.removeItem(atPath: temporary)  // A second name of what is kept.
        } else if errno == EEXIST {
            throw refused("it is there already", "name another file, or say --overwrite")
        } else {
            // A file system without second names.
            try DurableFile.rename(temporary, to: file)
        }
    }

    private func refused(_ reason: String, _ hint: String) -> ExportFault {
        .refused(path: path, reason: reason, hint: hint)
    }

    private static func isOfBackup(_ name: String) -> Bool {
        BackupType.allCases.contains { type in
            let file = name.replacing(".manifest.json", with: ".\(type.fileExtension).gz")
            return BackupName(file: file) != nil
        }
    }

    /// What stands under a name.
    private struct Standing {
        let identity: [UInt64]
        let isRegular: Bool

        init?(_ path: String) {
            var found = stat()
            guard unsafe stat(path, &found) == 0 else { return nil }
            identity = [UInt64(found.st_dev), UInt64(found.st_ino)]
            isRegular = found.st_mode & S_IFMT == S_IFREG
        }
    }
}

/// What keeps an export from its file.
enum ExportFault: Fault {
    case notWritten(path: String, reason: String)
    /// What stands there is not an export's to replace.
    case refused(path: String, reason: String, hint: String)

    var code: String {
        switch self {
        case .notWritten: "export-not-written"
        case .refused: "export-refused"
        }
    }
    var kind: FaultKind {
        switch self {
        case .notWritten: .storage
        case .refused: .usage
        }
    }
    var disposition: Disposition {
        switch self {
        case .notWritten: .healable
        case .refused: .permanent
        }
    }
    var summary: String {
        switch self {
        case .notWritten(let path, let reason): "cannot write the export to \(path): \(reason)"
        case .refused(let path, let reason, _): "no export is written to \(path): \(reason)"
        }
    }
    var hint: String? {
        switch self {
        case .notWritten: "check that the folder exists, that this user may write to it, and that the disk has room"
        case .refused(_, _, let hint): hint
        }
    }
}
