import Foundation
package import Postgres

/// Where candles are kept.
package enum DatabaseLocation: Sendable, Equatable {
    case sqlite(path: String)
    case postgres(PostgresSettings)

    /// Names the database in locks, manifests and messages; the same whoever connects, and no secret.
    package var identity: String {
        switch self {
        case .sqlite(let path): "sqlite:" + URL(filePath: path).resolvingSymlinksInPath().path
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
}
