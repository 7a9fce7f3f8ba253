package import Foundation

/// A lock of this host that the kernel takes back when its process ends, however it ends.
package final class JobLock: Sendable {
    package let name: String
    private let file: LockFile

    /// Takes the lock of that name in any folder of a local file system; see `Journal.lock` for those of the host.
    ///
    /// - Throws: `.busy` at once where another holds it.
    package convenience init(_ name: String, exclusive: Bool, in folder: URL) throws(JournalFault) {
        try self.init(name, mode: (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB, in: folder)
    }

    /// Waits for the lock without a limit: only for what is held for moments.
    package convenience init(waitingFor name: String, in folder: URL) throws(JournalFault) {
        try self.init(name, mode: LOCK_EX, in: folder)
    }

    private init(_ name: String, mode: Int32, in folder: URL) throws(JournalFault) {
        let url = folder.appending(path: Self.fileName(of: name))
        self.name = name
        do {
            // A program that we start must not inherit the lock and keep it when we are gone.
            file = try LockFile(url.path)
            while flock(file.handle.fileDescriptor, mode) != 0 {
                if errno == EWOULDBLOCK { throw JournalFault.busy(name: name, holder: try file.holder()) }
                if errno != EINTR { throw Self.systemError }
            }
            try file.write(holder: name)
        } catch let fault as JournalFault {
            throw fault
        } catch {
            throw .unreadable(path: url.path, problem: error.localizedDescription)
        }
    }

    /// Gives the lock back; a second call does nothing.
    package func release() {
        // A program that is being started at this moment has a copy of the descriptor for some milliseconds more.
        if (try? file.handle.offset()) != nil { flock(file.handle.fileDescriptor, LOCK_UN) }
        // The lock is gone with the descriptor; that there is none any more is what the caller wants.
        try? file.handle.close()
    }

    /// The lock's file, which is never removed: whoever had opened the old one would hold another lock.
    static func fileName(of name: String) -> String {
        let plain = name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain =
                character.isASCII && (character.isLetter || character.isNumber || "-_".contains(character))
            return isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        // A file name holds 255 bytes: a long name keeps its beginning, and a digest tells it from others.
        let digest = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let whole = plain.joined()
        return (whole.utf8.count <= 200 ? whole : "\(whole.prefix(180))-\(String(digest, radix: 16))") + ".lock"
    }

    private static var systemError: CocoaError {
        CocoaError(
            .fileLocking, userInfo: [NSLocalizedDescriptionKey: "no lock: system error \(errno)"])
    }
}
