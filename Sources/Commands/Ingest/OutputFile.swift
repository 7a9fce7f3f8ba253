import Foundation
import Host
import SystemPackage

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
