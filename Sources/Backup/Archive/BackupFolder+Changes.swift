import Foundation

extension BackupFolder {
    /// Removes a file of the folder; that it is gone already is no error.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func remove(_ name: String) throws(BackupFault) {
        do {
            try FileManager.default.removeItem(atPath: path(name))
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw .notWritten(path: path(name), reason: (error as NSError).localizedDescription)
        }
    }

    /// Gives a file of the folder a name that no other has.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func rename(_ name: String, to other: String) throws(BackupFault) {
        do {
            try FileManager.default.moveItem(atPath: path(name), toPath: path(other))
        } catch {
            throw .notWritten(path: path(other), reason: (error as NSError).localizedDescription)
        }
    }

    /// Brings names that came, changed and went to disk.
    ///
    /// - Throws: `BackupFault.notWritten`.
    func sync() throws(BackupFault) { try ArchiveFile.syncFolder(path) }
}
