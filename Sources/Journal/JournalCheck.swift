package import Foundation
package import Host
import SystemPackage

/// Looks whether the journal can be written, and whether others can read it.
package struct JournalCheck: Check {
    private let folder: URL
    private let open: @Sendable () throws -> Journal

    package init(folder: URL, open: @escaping @Sendable () throws -> Journal) {
        self.folder = folder
        self.open = open
    }

    package func findings() async -> [Diagnosis] { [await finding()] }

    private func finding() async -> Diagnosis {
        do {
            try await open().probe()
        } catch {
            return .broken(
                "journal", "\(error)", do: "see that \(folder.path) is yours and has room; STATE_DIR names it")
        }
        let mode = (try? FilePath(folder.path).stat())?.permissions.rawValue ?? 0
        guard mode & 0o077 == 0 else {
            return .warning("journal", "\(folder.path) can be read by others", do: "chmod 700 \(folder.path)")
        }
        return .fine("journal", "\(folder.path) takes what it is told")
    }
}
