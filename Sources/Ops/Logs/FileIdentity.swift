import Foundation
import SystemPackage

/// Which file a name or a descriptor stands for, whatever the name.
struct FileIdentity: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64

    init(_ file: FileDescriptor) throws { self.init(try file.stat()) }

    /// Nil where there is no file of that name.
    init?(path: String) {
        guard let stat = try? FilePath(path).stat() else { return nil }
        self.init(stat)
    }

    private init(_ stat: Stat) {
        device = UInt64(stat.rawValue.st_dev)
        inode = UInt64(stat.rawValue.st_ino)
    }
}
