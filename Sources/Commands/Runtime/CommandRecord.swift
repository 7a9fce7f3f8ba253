import Foundation
import Logging
package import Logs
import NIOConcurrencyHelpers

/// Where a command's words go besides the terminal, once its settings are known: nowhere, or the files of logs.
final class CommandRecord: Sendable {
    private let state = NIOLockedValueBox<(logger: Logger, isPlain: Bool)?>(nil)

    private let run = NIOLockedValueBox<Int64?>(nil)

    func begin(_ logs: LogSettings, source: String) {
        let logger = logs.service(standardError: nil).logger(source)
        state.withLockedValue { $0 = ($0?.logger ?? logger, logs.isPlain) }
    }

    var isPlain: Bool { state.withLockedValue { $0?.isPlain } ?? false }

    /// Whether a line of this level is wanted; before the settings are known, all but details are.
    func wants(_ level: Logger.Level) -> Bool {
        level >= (state.withLockedValue { $0?.logger.logLevel } ?? .info)
    }

    func belongs(to run: Int64?) { self.run.withLockedValue { $0 = run } }

    /// As `write`, with the run whose end the line tells of.
    func writeOfRun(_ line: String, _ level: Logger.Level, _ fields: Logger.Metadata = [:]) {
        var fields = fields
        if let run = run.withLockedValue({ $0 }) { fields[LogEntry.runField] = "\(run)" }
        write(line, level, fields)
    }

    func write(_ line: String, _ level: Logger.Level, _ fields: Logger.Metadata = [:]) {
        state.withLockedValue { $0?.logger }?.log(level: level, "\(line)", metadata: fields)
    }
}

extension LogSettings {
    /// The files that all programs of this folder log to; `standardError` is nil where somebody else speaks there.
    package func service(standardError: StandardError? = StandardError()) -> ServiceLog {
        ServiceLog(
            folder: folder, level: level, isPlain: isPlain, standardError: standardError,
            now: { Int64(Date().timeIntervalSince1970 * 1000) })
    }
}
