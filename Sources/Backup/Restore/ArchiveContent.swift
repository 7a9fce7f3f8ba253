import Foundation
import Gzip

/// What a compressed file holds, by its first bytes.
enum ArchiveContent {
    /// Nil for neither a database nor a plain dump.
    ///
    /// - Throws: `BackupFault.damaged` where it is not of gzip; `GzipFault.unreadable`.
    static func type(_ path: String) throws -> BackupType? {
        let name = URL(filePath: path).lastPathComponent
        let head = try head(path, name)
        if head.starts(with: sqlite) { return .sqlite }
        return String(decoding: head, as: UTF8.self).contains(dump) ? .postgres : nil
    }

    private static let sqlite = Array("SQLite format 3\u{0}".utf8)
    private static let dump = "-- PostgreSQL database dump"
    private static let headSize = 512

    private struct Enough: Error {}

    /// At most `headSize` raw bytes.
    private static func head(_ path: String, _ name: String) throws -> [UInt8] {
        var head: [UInt8] = []
        var start: [UInt8] = []
        do {
            let inflater = try Inflater(chunk: headSize)
            try Gzip.readPieces(of: URL(filePath: path)) { piece in
                if start.isEmpty {
                    start.append(copying: piece)
                    guard start.starts(with: [0x1f, 0x8b]) else {
                        throw BackupFault.damaged(file: name, problem: "it is not compressed by gzip")
                    }
                }
                try inflater.feed(piece) {
                    head.append(copying: $0)
                    if head.count >= headSize { throw Enough() }
                }
            }
            if start.isEmpty { throw BackupFault.damaged(file: name, problem: "it is empty") }
            try inflater.finish()
        } catch is Enough {
            return head
        } catch let fault as GzipFault {
            if case .unreadable = fault { throw fault }
            throw BackupFault.damaged(file: name, problem: fault.summary)
        }
        return head
    }
}
