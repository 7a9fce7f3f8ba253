import Foundation
import Host

/// The folder of env files that our units read: `~/.config/cryptotrader`, or under `XDG_CONFIG_HOME`.
package struct EnvFolder: Sendable {
    /// What became of a file.
    enum Change: String, Encodable {
        case written
        case unchanged
        /// A person's own settings stand there, and stay.
        case kept
        /// It names another series, and stays.
        case contradicts
    }

    let url: URL

    package init(environment: [String: String]) {
        let home = environment["HOME"] ?? "/"
        let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.config"
        url = URL(filePath: configuration + "/cryptotrader")
    }

    func path(of file: InstanceFile) -> String { url.appending(path: file.name).path }

    /// What the file that is there means for ours.
    ///
    /// - Throws: `BootstrapFault.fileNotWritten` for one that cannot be read.
    func standing(of file: InstanceFile) throws -> InstanceFile.Standing {
        guard FileManager.default.fileExists(atPath: path(of: file)) else { return .missing }
        return try faulting(file) {
            file.standing(of: try String(contentsOfFile: path(of: file), encoding: .utf8))
        }
    }

    /// Writes the file where there is none, whole or not at all; never over another.
    func write(_ file: InstanceFile) throws {
        try faulting(file) {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let temporary = DurableFile.draft(of: path(of: file))
            defer { try? FileManager.default.removeItem(atPath: temporary) }  // Gone already, unless writing failed.
            try DurableFile.create(temporary, Array(file.text.utf8))
            try FileManager.default.moveItem(atPath: temporary, toPath: path(of: file))
            try DurableFile.syncFolder(url.path)
        }
    }

    private func faulting<T>(_ file: InstanceFile, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            let reason = (error as NSError).localizedDescription
            throw BootstrapFault.fileNotWritten(path: path(of: file), reason: reason)
        }
    }
}
