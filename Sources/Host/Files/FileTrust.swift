import Foundation
import SystemPackage

/// Who besides this user could change a file or a folder, and so what it makes us do.
package struct FileTrust {
    /// Nil where nobody can but this user, root and `other`; else one sentence's end, as in `belongs to user 1000`.
    ///
    /// A file that is not there has nothing to be changed. Links are followed: what they lead to counts, and where that lies.
    package static func objection(to path: String, besides other: UInt32? = nil) -> String? {
        guard let stat = try? FilePath(path).stat() else { return nil }
        if let objection = objection(to: stat, besides: other) { return objection }
        if stat.type == .directory { return nil }
        let folder = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
        guard let around = try? FilePath(folder).stat(), let objection = objection(to: around, besides: other) else {
            return nil
        }
        return "lies in \(folder), which \(objection)"
    }

    private static func objection(to stat: Stat, besides other: UInt32?) -> String? {
        let (user, owner) = (geteuid(), stat.userID.rawValue)
        if owner != user, owner != 0, owner != other { return "belongs to user \(owner)" }
        let mode = stat.permissions.rawValue
        // In a folder with the sticky bit nobody can replace what another owns.
        if stat.type == .directory, mode & 0o1000 != 0 { return nil }
        if mode & 0o002 != 0 { return "can be written by others" }
        // A group of a user's own, as many systems make one, has nobody else in it.
        let group = stat.groupID.rawValue
        return mode & 0o020 != 0 && group != user && group != other ? "can be written by its group" : nil
    }
}
