import Foundation

/// Which file a path leads to, and as of when.
struct FileMark: Equatable {
    /// Stays the same while a file is written, and not when another takes its name.
    struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
    }

    let identity: Identity
    let bytes: Int64
    /// Nanoseconds since 1970.
    let modified: Int64

    /// Nil where there is no such file, or none that this user may look at.
    ///
    /// The file itself is not opened: closing it would end SQLite's locks on it.
    /// - Source: <https://www.sqlite.org/howtocorrupt.html>, "Posix advisory locks canceled by a separate thread".
    init?(_ path: String) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        identity = Identity(device: UInt64(found.st_dev), inode: UInt64(found.st_ino))
        bytes = Int64(found.st_size)
        modified = Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec)
    }
}
