import Foundation
import SystemPackage

/// A file that stands for a lock, and says who holds it.
///
/// Whoever may write into its folder can guess its name. So it is never opened through a link, nothing of it is ever cut off, and a
/// file that may be none of ours is left as it is.
struct LockFile: Sendable {
    let handle: FileHandle

    /// Opens it, and makes it where there is none, for its owner alone.
    ///
    /// - Throws: `Errno`, `Stranger`.
    init(_ path: String) throws {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(
                FilePath(path), .readWrite, options: [.create, .noFollow, .nonBlocking, .closeOnExec],
                permissions: .ownerReadWrite)
        } catch Errno.tooManySymbolicLinkLevels {
            throw Stranger(problem: "it is a link")
        }
        handle = FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: true)
        let stat = try file.stat()
        if stat.type != .regular { throw Stranger(problem: "it is no file") }
        let text = try content()
        // Without a text it may be another name of a file of somebody else's.
        if text.isEmpty ? stat.linkCount > 1 : !text.hasPrefix(Self.beginning) {
            throw Stranger(problem: "it is no lock of ours")
        }
    }

    /// Why a file of that name is not written to.
    struct Stranger: LocalizedError {
        let problem: String
        var errorDescription: String? { problem + "; move it away" }
    }

    private static let beginning = "process "

    /// Who wrote it last; nil where it has not come to it yet.
    func holder() throws -> String? {
        let text = try content().trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }

    /// Writes over what stood there, and leaves the length as it is where that was longer.
    func write(holder name: String) throws {
        let text = "\(Self.beginning)\(ProcessInfo.processInfo.processIdentifier) (\(name))"
        let rest = max(0, Int(try handle.seekToEnd()) - text.utf8.count - 1)
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data((text + String(repeating: " ", count: rest) + "\n").utf8))
    }

    private func content() throws -> String {
        try handle.seek(toOffset: 0)
        return String(decoding: try handle.read(upToCount: 4096) ?? Data(), as: UTF8.self)
    }
}
