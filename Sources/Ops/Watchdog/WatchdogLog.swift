package import Candles
package import Foundation
package import Logging
import Logs
import NIOConcurrencyHelpers

/// The lines of the watchdog: stamped, each appended as a whole, so that those of several processes do not mix.
package struct WatchdogLog: Sendable {
    private let file: ReopeningFile
    private let turn = NIOLockedValueBox(())
    private let now: @Sendable () -> UnixMilliseconds
    private let logger: Logger?
    private let say: @Sendable (Finding.Level, String) -> Void

    /// Appends to `url`, and makes it where needed; whoever rotates it finds lines of about a second more in it.
    ///
    /// `logger` gets every line as the host's log is to have it, and `say` gets it stamped. It gets a line of its own where the file cannot be written, before the line that was lost.
    package init(
        _ url: URL, logger: Logger? = nil, now: @escaping @Sendable () -> UnixMilliseconds,
        say: @escaping @Sendable (Finding.Level, String) -> Void
    ) {
        self.now = now
        self.logger = logger
        self.say = say
        file = ReopeningFile(url.path, complain: { say(.warn, Self.stamped("[WARN] \($0)", at: now())) })
    }

    /// `[2024-11-30 21:00:01] === Watchdog check started ===`; times are UTC.
    package func head(_ text: String) { turn.withLockedValue { _ in put(.ok, "=== \(text) ===") } }

    package func write(_ level: Finding.Level, _ text: String) {
        turn.withLockedValue { _ in put(level, "[\(level.rawValue)] \(text)") }
    }

    /// Those of one service together.
    package func write(_ findings: [Finding]) {
        turn.withLockedValue { _ in for finding in findings { put(finding.level, finding.line) } }
    }

    private func put(_ level: Finding.Level, _ text: String) {
        let line = Self.stamped(text, at: now())
        file.append(Array("\(line)\n".utf8))
        logger?.log(level: level.logLevel, "\(text)")
        say(level, line)
    }

    /// On one line.
    private static func stamped(_ text: String, at now: UnixMilliseconds) -> String {
        let time = now.iso8601
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").visible
        return "[\(time.prefix(10)) \(time.dropFirst(11).prefix(8))] \(line)"
    }
}

extension Finding.Level {
    /// In the host's log.
    package var logLevel: Logger.Level {
        switch self {
        case .ok: .info
        case .warn: .warning
        case .fail: .error
        }
    }
}
