import Foundation
package import Logging
package import SystemPackage

/// Where a service's log lines also go: the journal of systemd, or whoever started it.
package struct StandardError: Sendable {
    /// Whether it is the journal, which has its own clock and takes a line's priority from `<n>` before it.
    package let isJournal: Bool

    /// systemd names in `JOURNAL_STREAM` what it connected; anything else may have been put in its place since.
    ///
    /// `file` is what stderr is; another one in tests.
    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, file: FileDescriptor = .standardError
    ) {
        guard let stream = environment["JOURNAL_STREAM"], let identity = try? FileIdentity(file) else {
            isJournal = false
            return
        }
        isJournal = stream == "\(identity.device):\(identity.inode)"
    }

    /// As it is to be written: each line of a message with its own prefix, since the journal makes an entry of each.
    ///
    /// Elsewhere the lines of a message stay lines, unless `isPlain` wants one for each entry.
    package func text(of entry: LogEntry, isPlain: Bool = false) -> String {
        guard isJournal else { return isPlain ? entry.line : entry.terminalText }
        let prefix = "<\(Self.priority(of: entry.level))>"
        return entry.journalLines.map { "\(prefix)\($0)\n" }.joined()
    }

    /// A logger of a command that a person runs: what goes wrong beside its work appears here alone.
    package func logger(_ source: String, level: Logger.Level) -> Logger {
        Logger(label: source) { source in
            ServiceLogHandler(
                write: { level, message, fields in
                    let entry = LogEntry(
                        time: Int64(Date().timeIntervalSince1970 * 1000), level: level, source: source,
                        message: message, fields: fields)
                    Self.write(Array(text(of: entry).utf8))
                }, logLevel: level)
        }
    }

    /// That nobody reads it is no reason to end.
    static func write(_ bytes: [UInt8]) { try? FileDescriptor.standardError.writeWhole(bytes.span) }

    /// Of syslog(3).
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
