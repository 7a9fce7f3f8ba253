import Candles
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
    /// - Throws: `StorageFault.malformedURL`, which does not quote the text: it may hold a password; `.unknownParameter`, `.inMemory`.
    package init(_ text: String) throws(StorageFault) {
        if text.hasPrefix("sqlite:") {
            var path = text.dropFirst("sqlite:".count)
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            try self.init(file: String(path))
            return
        }
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") || text.contains("=") else {
            throw .malformedURL
        }
        do {
            self = .postgres(try PostgresSettings(conninfo: text))
        } catch .unknownParameter(let name) {
            throw .unknownParameter(name: name)
        } catch {
            throw .malformedURL
        }
    }

    /// Reads the path of an SQLite file.
    ///
    /// - Throws: `StorageFault.malformedURL` for what is an address instead, which may hold a password; `.inMemory`.
    package init(file path: String) throws(StorageFault) {
        let isPrintable = path.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        if path.isEmpty || path.hasPrefix("//") || path.contains("://") || !isPrintable { throw .malformedURL }
        let isURI = path.lowercased().hasPrefix("file:")
        let isMemory = path.split(separator: "/").last == ":memory:"
        if isMemory || isURI && (path.contains(":memory:") || path.contains("mode=memory")) { throw .inMemory }
        // Such as `u:password@host/db` and `db?password=x`: a file would be named by them.
        if path.contains(/:[^\/]*@/) || path.contains(/\?[A-Za-z_]+=/) { throw .malformedURL }
        self = .sqlite(path: path.withoutTrailingSlash)
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
