import Foundation
import SystemPackage

/// What whoever writes to a database holds shared, and a restore of it exclusively: on this host, and beside an SQLite file.
package struct WritersLock: Sendable {
    private let host: JobLock
    private let file: FileLock?

    /// - Throws: `JournalFault.busy` at once where another holds it.
    init(_ host: JobLock, of database: String, exclusive: Bool) throws(JournalFault) {
        self.host = host
        let prefix = "sqlite:"
        guard database.hasPrefix(prefix) else {
            // A server has locks of its own.
            file = nil
            return
        }
        do {
            file = try FileLock(
                beside: String(database.dropFirst(prefix.count)), exclusive: exclusive, name: "writers \(database)")
        } catch {
            host.release()
            throw error
        }
    }

    package func release() {
        file?.release()
        host.release()
    }
}

/// A lock in a file beside the one that it is about, which every program of every user and of every state folder sees.
///
/// The file is empty and is never removed: whoever had opened the old one would hold another lock.
private final class FileLock: Sendable {
    private let file: FileHandle

    /// Nil where there is no folder to lock in, or none that this user may write to: then who asks cannot write there either.
    ///
    /// - Throws: `.busy` at once where another holds it.
    init?(beside path: String, exclusive: Bool, name: String) throws(JournalFault) {
        let url = URL(filePath: path)
        let lock = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).writers").path
        if exclusive {
            // Whoever replaces the database makes its folder, too.
            try? FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        guard let descriptor = Self.open(lock) else {
            if !exclusive { return nil }
            throw .unreadable(path: lock, problem: "the lock cannot be made there")
        }
        file = FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)
        while flock(descriptor.rawValue, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { throw .busy(name: name, holder: nil) }
            throw .unreadable(path: lock, problem: "no lock: system error \(errno)")
        }
    }

    func release() {
        // A program that is being started at this moment has a copy of the descriptor for some milliseconds more.
        if (try? file.offset()) != nil { flock(file.fileDescriptor, LOCK_UN) }
        // The lock is gone with the descriptor.
        try? file.close()
    }

    /// Also another user's file, which must only be read to be locked; never what a link leads to.
    private static func open(_ path: String) -> FileDescriptor? {
        let name = FilePath(path)
        let made = try? FileDescriptor.open(
            name, .readWrite, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        if let made { share(made, path) }
        // There already, or not to be made.
        return made ?? (try? FileDescriptor.open(name, .readOnly, options: [.noFollow, .closeOnExec]))
    }

    /// Whoever may look at the folder may take the lock, whatever the umask; what root makes belongs to the folder's owner.
    private static func share(_ file: FileDescriptor, _ path: String) {
        fchmod(file.rawValue, 0o644)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard geteuid() == 0, let there = try? FilePath(folder).stat() else { return }
        _ = fchown(file.rawValue, there.userID.rawValue, there.groupID.rawValue)
    }
}
