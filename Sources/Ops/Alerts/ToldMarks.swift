import Candles
import Crypto
package import Foundation
import SystemPackage

/// What people were told while the journal took nothing: an empty file for each alert and channel, and the time when it was touched.
///
/// An empty file needs no byte of a full disk. Without it each process that begins would tell the same again.
package struct ToldMarks: Sendable {
    private static let prefix = "told-"

    private let folder: URL

    package init(in folder: URL) { self.folder = folder }

    /// When it was told with this severity or a graver one; nil where it was not, or where nobody can know.
    func time(of key: String, on channel: String, atLeast severity: Int) -> Int64? {
        (severity...Severity.critical.rawValue).compactMap { severity in
            guard let file = try? path(key, channel, severity).stat(followTargetSymlink: false).rawValue else {
                return nil
            }
            return Int64(file.st_mtim.tv_sec) * 1000 + Int64(file.st_mtim.tv_nsec / 1_000_000)
        }.max()
    }

    /// What cannot be noted is told again, which is better than never.
    func note(_ key: String, on channel: String, _ severity: Int) {
        let path = path(key, channel, severity)
        guard
            let file = try? FileDescriptor.open(
                path, .writeOnly, options: [.create, .noFollow, .closeOnExec], permissions: .ownerReadWrite)
        else { return }
        _ = futimens(file.rawValue, nil)
        try? file.close()
    }

    private func path(_ key: String, _ channel: String, _ severity: Int) -> FilePath {
        let name = SHA256.hash(data: Data("\(channel)\n\(key)".utf8)).prefix(12).hexadecimal
        return FilePath(folder.appending(path: "\(Self.prefix)\(name)-\(severity)").path)
    }
}
