import CommandRuntime
import Foundation
import Logging

/// Writes log lines to stderr: with a time for a terminal, and with a priority for systemd's journal, which has its own clock.
struct StandardErrorLog: LogHandler {
    let source: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let isJournal: Bool

    init(source: String, level: Logger.Level, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.source = source
        logLevel = level
        isJournal = Self.isJournal(environment["JOURNAL_STREAM"])
    }

    /// systemd names device and inode of the socket that it connected; whoever inherits the name may write elsewhere.
    private static func isJournal(_ stream: String?) -> Bool {
        guard let inode = stream?.split(separator: ":").last else { return false }
        let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")
        return file == "socket:[\(inode)]"
    }

    subscript(metadataKey name: String) -> Logger.MetadataValue? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, given in given }
        let words = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let message = ([event.message.description] + words).joined(separator: " ")
        let prefix =
            isJournal ? "<\(Self.priority(event.level))>" : "\(Date().formatted(.iso8601)) \(event.level.rawValue) "
        StandardStream.error.write(line: "\(prefix)\(source): \(message)")
    }

    /// Of syslog(3).
    private static func priority(_ level: Logger.Level) -> Int {
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
