import Foundation
import GRDB
import Storage

/// Unpacks a backup of an SQLite file, and lets SQLite read all of it.
package enum SQLiteDeepVerification {
    /// `scratch` is a free path; it is removed afterwards.
    ///
    /// - Returns: What was wrong, or nil.
    /// - Throws: `BackupFault.notWritten` where there is no room, `GzipFault`, `CancellationError`.
    static func problem(_ path: String, _ manifest: Manifest, scratch: String) throws -> String? {
        defer {
            for suffix in ["", "-journal"] { try? FileManager.default.removeItem(atPath: scratch + suffix) }
        }
        let archive = RestoreArchive(path: path, manifest: manifest, isOurs: false)
        let folder = URL(filePath: scratch).deletingLastPathComponent().path
        let raw = try ArchiveReader.unpack(path, to: scratch, limit: UnpackLimit(of: archive, in: folder))
        guard raw == manifest.raw else { return "its content differs from the one that was written" }
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let copy = try DatabaseQueue(path: scratch, configuration: configuration)
            defer { try? copy.close() }  // It was only read.
            return try copy.read { db in
                if let problem = try SQLiteContents.problem(db) { return problem }
                return TableSum.difference(try SQLiteTableSums.read(db), manifest.tables)
            }
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            return error.message ?? "\(error.resultCode)"
        } catch let error as DatabaseError {
            throw StorageFault(error, path: scratch)
        }
    }
}
