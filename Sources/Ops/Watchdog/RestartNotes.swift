import Candles
import Foundation
import SystemPackage

/// Restarts that the journal did not take: a file beside it, one a line, appended to and never written over.
struct RestartNotes: Sendable {
    static let name = "restarts-unnoted"

    private let file: URL

    init(in folder: URL) { file = folder.appending(path: Self.name) }

    /// When a service was restarted; a line that was cut, as on a full disk, tells of no restart: none followed it.
    ///
    /// - Throws: What keeps the file from being read. That there is none is no error.
    func times(of service: String) throws -> [UnixMilliseconds] {
        let text: String
        do {
            text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        } catch CocoaError.fileReadNoSuchFile {
            return []
        }
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 3 && words[0] == service && words[2] == "." ? Int64(words[1]) : nil
        }
    }

    /// - Throws: What keeps it from being noted whole.
    func add(_ service: String, at time: UnixMilliseconds) throws {
        let descriptor = try FileDescriptor.open(
            FilePath(file.path), .writeOnly, options: [.append, .create, .noFollow, .closeOnExec],
            permissions: .ownerReadWrite)
        try descriptor.closeAfter { _ = try descriptor.writeAll("\n\(service) \(time) .\n".utf8) }
    }
}
