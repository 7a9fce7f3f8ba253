package import Foundation

/// A folder of its own under the system's temporary folder, removed with everything in it when the last owner lets go.
package final class ScratchFolder: Sendable {
    package let url: URL

    package init() throws {
        // Short, since the path of a unix socket holds 107 bytes at most.
        url = FileManager.default.temporaryDirectory.appending(path: "ct-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        // Nothing is left to do about a folder that cannot be removed.
        try? FileManager.default.removeItem(at: url)
    }

    package var path: String { url.path }

    /// The path of a file in the folder.
    package func path(_ name: String) -> String { url.appending(path: name).path }
}
