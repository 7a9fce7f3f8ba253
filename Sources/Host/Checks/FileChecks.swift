package import Foundation
import SystemPackage

/// Looks at files and folders: who may read secrets, who may change what we believe, and where we may write.
package struct FileChecks: Check {
    /// A folder that a setting names.
    package struct Folder: Sendable {
        let setting: String
        let url: URL

        package init(_ setting: String, _ url: URL) {
            self.setting = setting
            self.url = url
        }
    }

    private let secrets: [String]
    private let trusted: [String]
    private let written: [Folder]

    /// `secrets` are files that may hold them, `trusted` files and folders that nobody else may change.
    package init(secrets: [String] = [], trusted: [String] = [], written: [Folder] = []) {
        self.secrets = secrets
        self.trusted = trusted
        self.written = written
    }

    package func findings() async -> [Diagnosis] {
        secrets.compactMap(secretFile) + trusted.compactMap(trust) + written.map(folder)
    }

    /// Nil where there is no such file.
    private func secretFile(_ path: String) -> Diagnosis? {
        guard let file = try? FilePath(path).stat() else { return nil }
        guard file.permissions.rawValue & 0o077 == 0 else {
            return .warning("files", "\(path) can be read by others, and may hold secrets", do: "chmod 600 \(path)")
        }
        return .fine("files", "\(path) is yours alone")
    }

    /// Nil where nobody else can change it.
    private func trust(_ path: String) -> Diagnosis? {
        FileTrust.objection(to: path).map { objection in
            .warning(
                "files", "\(path) can be changed by others: it \(objection)",
                do: "chown it to this user, and chmod go-w \(path)")
        }
    }

    private func folder(_ folder: Folder) -> Diagnosis {
        var existing = folder.url
        while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
            existing.deleteLastPathComponent()
        }
        guard FileManager.default.isWritableFile(atPath: existing.path) else {
            return .broken(
                "files", "\(folder.setting) is \(folder.url.path), where this user may not write",
                do: "chown it, or name another folder"
            )
        }
        return .fine("files", "\(folder.setting) \(folder.url.path) can be written")
    }
}
