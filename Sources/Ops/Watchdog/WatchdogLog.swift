package import Candles
package import Foundation
import NIOConcurrencyHelpers
import SystemPackage

/// The lines of the watchdog: stamped, one write each, so that those of several processes do not mix.
package struct WatchdogLog: Sendable {
    private let file: FileHandle?
    private let turn = NIOLockedValueBox(())
    private let now: @Sendable () -> UnixMilliseconds
    private let say: @Sendable (Finding.Level, String) -> Void

    /// Appends to `url`, and makes it where needed; whoever rotated it meanwhile gets the next pass's lines into a new one.
    ///
    /// `say` gets every line, stamped. Where the file cannot be written, that is the first line.
    package init(
        _ url: URL, now: @escaping @Sendable () -> UnixMilliseconds,
        say: @escaping @Sendable (Finding.Level, String) -> Void
    ) {
        self.now = now
        self.say = say
        try? FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        do {
            let path = FilePath(url.path)
            let descriptor = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
            file = FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)
        } catch {
            file = nil
        }
        if file == nil { write(.warn, "\(url.path) cannot be written") }
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
        let time = now().iso8601
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let stamped = "[\(time.prefix(10)) \(time.dropFirst(11).prefix(8))] \(line)"
        // A full disk must not keep a service from being restarted.
        try? file?.write(contentsOf: Data((stamped + "\n").utf8))
        say(level, stamped)
    }
}
