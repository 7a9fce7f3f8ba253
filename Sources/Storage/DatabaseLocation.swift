import Foundation
package import Postgres

/// Where candles are kept.
package enum DatabaseLocation: Sendable, Equatable {
    case sqlite(path: String)
    case postgres(PostgresSettings)

    /// Names the database in locks, manifests and messages; the same whoever connects, and no secret.
    package var identity: String {
        switch self {
        case .sqlite(let path): "sqlite:" + Self.file(at: path)
        case .postgres(let settings): "postgres:" + settings.identity
        }
    }

    /// Reads `sqlite:PATH`, `postgres://…` or libpq keywords (`host=… dbname=…`).
    ///
    /// - Throws: `StorageFault.malformedURL`, which does not quote the text: it may hold a password.
    package init(_ text: String) throws(StorageFault) {
        if text.hasPrefix("sqlite:") {
            var path = text.dropFirst("sqlite:".count)
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            if path.isEmpty || path.hasPrefix("//") { throw .malformedURL }
            self = .sqlite(path: String(path))
            return
        }
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") || text.contains("=") else {
            throw .malformedURL
        }
        do {
            self = .postgres(try PostgresSettings(conninfo: text))
        } catch {
            throw .malformedURL
        }
    }

    /// The absolute path of the file that `path` leads to, through links; also where there is no such file (yet).
    package static func file(at path: String) -> String { file(at: path, hops: 40) }

    /// Foundation follows links only where all of a path exists.
    private static func file(at path: String, hops: Int) -> String {
        let url = URL(filePath: path).standardizedFileURL
        if FileManager.default.fileExists(atPath: url.path) { return url.resolvingSymlinksInPath().path }
        let parent = url.deletingLastPathComponent()
        if hops == 0 || parent.path == url.path { return url.path }
        let folder = URL(filePath: file(at: parent.path, hops: hops - 1), directoryHint: .isDirectory)
        let file = folder.appending(path: url.lastPathComponent).path
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file) else { return file }
        return self.file(at: URL(filePath: target, relativeTo: folder).absoluteURL.path, hops: hops - 1)
    }
}
