import Foundation
import Resilience

/// A file that appears whole or not at all, also where one of its name is there already.
final class OutputFile {
    private let path: String
    private let temporary: URL
    private let handle: FileHandle

    /// Begins beside `path`.
    ///
    /// - Throws: `ExportFault`.
    init(path: String) throws {
        let target = URL(filePath: path)
        let temporary = target.deletingLastPathComponent().appending(
            path: ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
        self.path = path
        self.temporary = temporary
        handle = try Self.faulting(path) {
            try Data().write(to: temporary)
            return try FileHandle(forWritingTo: temporary)
        }
    }

    func write(_ bytes: [UInt8]) throws {
        try Self.faulting(path) { try handle.write(contentsOf: Data(bytes)) }
    }

    /// Brings everything to disk and gives the file its name.
    func finish() throws {
        try Self.faulting(path) {
            try handle.synchronize()
            try handle.close()
            let target = URL(filePath: path)
            // On Linux FileManager moves nothing over a file that is there, and its replaceItemAt removes both.
            guard unsafe rename(temporary.path, target.path) == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
            let folder = try FileHandle(forReadingFrom: target.deletingLastPathComponent())
            try folder.synchronize()
            try folder.close()
        }
    }

    /// Removes what was not finished.
    func discard() { try? FileManager.default.removeItem(at: temporary) }  // Gone already, once finished.

    private static func faulting<T>(_ path: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw ExportFault.notWritten(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

/// What keeps an export from its file.
enum ExportFault: Fault {
    case notWritten(path: String, reason: String)

    var code: String { "export-not-written" }
    var disposition: Disposition { .healable }
    var summary: String {
        switch self {
        case .notWritten(let path, let reason): "cannot write the export to \(path): \(reason)"
        }
    }
    var hint: String? { "see that the folder is there, that this user may write to it, and that the disk has room" }
}
