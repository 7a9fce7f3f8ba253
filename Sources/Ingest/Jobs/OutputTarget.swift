import Foundation
import Host
package import Resilience
package import Storage
import SystemPackage

/// The file that an export is to become, and what keeps it from becoming it.
package struct OutputTarget: Sendable {
    /// As it was named.
    package let path: String
    /// Where that leads to, through links.
    let file: String
    private let overwrites: Bool
    /// Files of ours, there or not, each with what it is.
    private let ours: [(file: String, name: String)]
    private let isOfBackup: @Sendable (String) -> Bool

    /// `isOfBackup` tells whether a file's name is one of a backup.
    package init(
        path: String, overwrites: Bool, database: DatabaseLocation, journal: String,
        isOfBackup: @escaping @Sendable (String) -> Bool
    ) {
        self.path = path
        self.overwrites = overwrites
        file = DatabaseLocation.file(at: path)
        var ours: [(String, String)] = []
        if case .sqlite(let database) = database {
            let database = DatabaseLocation.file(at: database)
            ours += ["", "-wal", "-shm", "-journal"].map { (database + $0, "the database that it reads") }
        }
        let journal = DatabaseLocation.file(at: journal)
        ours += ["", "-wal", "-shm"].map { (journal + $0, "the journal") }
        self.ours = ours
        self.isOfBackup = isOfBackup
    }

    /// - Throws: `ExportFault.refused`.
    package func check() throws(ExportFault) {
        let there = Standing(file)
        for (name, what) in ours where file == name || (there != nil && there?.identity == Standing(name)?.identity) {
            throw refused("it is \(what), or a part of it", "name another file")
        }
        if isOfBackup(URL(filePath: file).lastPathComponent) {
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

/// A file that appears whole or not at all, also where one of its name is there already.
final class OutputFile {
    private let target: OutputTarget
    private let temporary: String
    private let descriptor: FileDescriptor

    /// Begins beside the target.
    ///
    /// - Throws: `ExportFault`.
    init(_ target: OutputTarget) throws {
        try target.check()
        self.target = target
        let temporary = DurableFile.draft(of: target.file)
        self.temporary = temporary
        descriptor = try Self.faulting(target.path) {
            try DurableFile.create(temporary, permissions: [.ownerReadWrite, .groupRead, .otherRead])
        }
    }

    func write(_ bytes: [UInt8]) throws {
        try Self.faulting(target.path) { _ = try descriptor.writeAll(bytes) }
    }

    /// Brings everything to disk and gives the file its name.
    func finish() throws {
        try Self.faulting(target.path) {
            try DurableFile.sync(descriptor)
            try descriptor.close()
            // What was not there may be there by now.
            try target.check()
            try target.take(temporary)
            try DurableFile.syncFolder(URL(filePath: target.file).deletingLastPathComponent().path)
        }
    }

    /// Removes what was not finished.
    func discard() { try? FileManager.default.removeItem(atPath: temporary) }  // Gone already, once finished.

    private static func faulting<T>(_ path: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let fault as ExportFault {
            throw fault
        } catch let error as Errno {
            throw ExportFault.notWritten(path: path, reason: "\(error)")
        } catch {
            throw ExportFault.notWritten(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

/// What keeps an export from its file.
package enum ExportFault: Fault {
    case notWritten(path: String, reason: String)
    /// What stands there is not an export's to replace.
    case refused(path: String, reason: String, hint: String)

    package var code: String {
        switch self {
        case .notWritten: "export-not-written"
        case .refused: "export-refused"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .notWritten: .storage
        case .refused: .usage
        }
    }
    package var disposition: Disposition {
        switch self {
        case .notWritten: .healable
        case .refused: .permanent
        }
    }
    package var summary: String {
        switch self {
        case .notWritten(let path, let reason): "cannot write the export to \(path): \(reason)"
        case .refused(let path, let reason, _): "no export is written to \(path): \(reason)"
        }
    }
    package var hint: String? {
        switch self {
        case .notWritten: "check that the folder exists, that this user may write to it, and that the disk has room"
        case .refused(_, _, let hint): hint
        }
    }
}
