package import Candles
package import Foundation
package import Logging
import Resilience

/// Where a program logs to: the main log, `errors.log` for warnings and worse, `health.log` for the source `health`, and stderr.
///
/// The files hold a JSON document a line; what stands on stderr is for people. Every program of a host appends to the same files.
/// Each line is handed to the kernel before the call that logged it returns: what a process said before it was killed is there.
package struct ServiceLog: Sendable {
    private let isPlain: Bool
    private let level: Logger.Level
    private let main: ReopeningFile
    private let errors: ReopeningFile
    private let health: ReopeningFile
    private let standardError: StandardError?
    private let now: @Sendable () -> UnixMilliseconds

    /// `level` is the least that is logged: `debug`, `info`, `warning` or `error`; `isPlain` makes each entry one line on stderr,
    /// too; `standardError` is nil where files are enough.
    package init(
        folder: URL, level: String = "info", isPlain: Bool = false, standardError: StandardError? = StandardError(),
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.isPlain = isPlain
        self.level = Logger.Level(rawValue: level) ?? .info
        self.standardError = standardError
        self.now = now
        main = ReopeningFile(folder.appending(path: Self.main).path)
        errors = ReopeningFile(folder.appending(path: Self.errors).path)
        health = ReopeningFile(folder.appending(path: Self.health).path)
    }

    static let main = "bot.jsonl"
    /// What earlier versions wrote in its place with `LOG_PLAIN=1`.
    static let earlierMain = "bot.log"
    static let errors = "errors.log"
    static let health = "health.log"

    /// A logger of one part of the program, such as `scheduler` or `watchdog`.
    package func logger(_ source: String) -> Logger {
        Logger(label: source) { source in
            ServiceLogHandler(write: { log($0, source, $1, $2) }, logLevel: level)
        }
    }

    /// How often lines could not be written.
    package var lost: Int { main.lost + errors.lost + health.lost }

    func log(_ level: Logger.Level, _ source: String, _ message: String, _ fields: Logger.Metadata) {
        let entry = LogEntry(time: now(), level: level, source: source, message: message, fields: fields)
        let line = entry.json
        main.append(line)
        if level >= .warning { errors.append(line) }
        if source == "health" { health.append(line) }
        if let standardError { StandardError.write(Array(standardError.text(of: entry, isPlain: isPlain).utf8)) }
    }
}

/// Hands what one logger says to `write`, with its fields and its error in words.
struct ServiceLogHandler: LogHandler {
    let write: @Sendable (Logger.Level, _ message: String, Logger.Metadata) -> Void
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey name: String) -> Logger.MetadataValue? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { own, _ in own } }
        if let given = event.metadata { fields.merge(given) { _, given in given } }
        if let error = event.error, fields["error"] == nil { fields["error"] = .string(Self.words(error)) }
        write(event.level, event.message.description, fields)
    }

    private static func words(_ error: any Error) -> String {
        guard let fault = error as? any Fault else { return "\(error)" }
        return "\(fault.summary) [\(fault.code)]"
    }
}
