package import Candles
package import Foundation
import SystemPackage

/// Writes one line for each notice into a file of the day: `alerts_2024-01-31.log`, by UTC.
///
/// The channel that is always there, and that no silence reaches.
package struct LogFileChannel: AlertChannel {
    package static let name = "log"

    private let folder: URL
    private let retention: Duration
    private let now: @Sendable () -> UnixMilliseconds
    private let ages: @Sendable (_ lastWrite: UnixMilliseconds?) async -> UnixMilliseconds?

    /// Files of days that ended longer than `retention` ago are removed with each line.
    ///
    /// `ages` tells the time by which that is so, given when a file of the folder was last written to before; `now` where it is nil. Where
    /// it cannot tell, nothing is removed.
    package init(
        folder: URL, retention: Duration = .seconds(7 * 86_400), now: @escaping @Sendable () -> UnixMilliseconds,
        ages: (@Sendable (_ lastWrite: UnixMilliseconds?) async -> UnixMilliseconds?)? = nil
    ) {
        self.folder = folder
        self.retention = retention
        self.now = now
        self.ages = ages ?? { _ in now() }
    }

    package var name: String { Self.name }
    package var configuration: String { folder.path }
    package var threshold: Severity { .info }

    package func deliver(_ notice: AlertNotice) async throws {
        let now = now()
        let lastWrite = files().map(\.changedAt).max()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let path = folder.appending(path: Self.file(of: now)).path
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(notice.line(at: now).utf8) }
        } catch {
            throw ChannelFault.unavailable(
                channel: name, reason: "\(folder.path): \(error.localizedDescription)", after: nil)
        }
        if let ages = await ages(lastWrite) { removeOld(at: min(ages, now)) }
    }

    private static func file(of time: UnixMilliseconds) -> String { "alerts_\(time.iso8601.prefix(10)).log" }

    /// What cannot be removed or listed now is with the next line.
    private func removeOld(at now: UnixMilliseconds) {
        let oldest = Self.file(of: now - retention.milliseconds)
        for file in files() where file.name < oldest {
            try? FileManager.default.removeItem(at: folder.appending(path: file.name))
        }
    }

    /// Ours alone: regular files whose names are exactly those that are given to days.
    private func files() -> [(name: String, changedAt: UnixMilliseconds)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            guard let match = name.wholeMatch(of: /alerts_(\d{4}-\d\d-\d\d)\.log/),
                let day = try? UnixMilliseconds(iso8601: String(match.1)), Self.file(of: day) == name,
                let stat = try? FilePath(folder.appending(path: name).path).stat(followTargetSymlink: false),
                stat.type == .regular
            else { return nil }
            return (name, Int64(stat.rawValue.st_mtim.tv_sec) * 1000)
        }
    }
}

extension AlertNotice {
    /// One line, its end included.
    fileprivate func line(at now: UnixMilliseconds) -> String {
        var words = [now.iso8601, kind == .resolved ? "RESOLVED" : alert.severity.name.uppercased()]
        words.append("[\(alert.source)/\(alert.rule)\(alert.target.isEmpty ? "" : "/" + alert.target)]")
        words.append(alert.message)
        if suppressed > 0 { words.append("(+\(suppressed) since \(firstAt.iso8601))") }
        if let hint = alert.hint { words.append("Try: \(hint)") }
        if let environment { words.append("env=\(environment)") }
        words.append("host=\(host)")
        return words.joined(separator: " ").split(whereSeparator: \.isNewline).joined(separator: " ").visible + "\n"
    }
}
