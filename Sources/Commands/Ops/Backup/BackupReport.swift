import Backup
import CommandRuntime
import Foundation
import Logging
import NIOConcurrencyHelpers

/// Shows what happens to backups: a bar on a terminal, one line for each result elsewhere; always on stderr.
struct BackupReport: Sendable {
    private let output: CommandOutput
    private var isTerminal: Bool { isatty(STDERR_FILENO) == 1 && !output.isPlain }
    private let shown = NIOLockedValueBox(ContinuousClock.now)

    init(output: CommandOutput) { self.output = output }

    func receive(_ event: BackupEvent) {
        switch event {
        case .started(let type, let database):
            if isTerminal { show("\(type.rawValue): \(database)") }
        case .progress(let bytes, let expected):
            if isTerminal { showProgress(bytes, expected) }
        case .finished(let manifest): line(Self.text(manifest))
        case .suspicious, .verified: break
        case .unrestorable(let objects):
            line(
                "warning: this role could make the backup, but not restore it: only a superuser may create "
                    + objects.joined(separator: ", "), .warning)
        case .cleaned(let what): line("cleaned up after a run that was killed: \(what)", .warning)
        case .removed(let file, let reason): line("removed \(file): \(reason)")
        case .retentionRefused(let reason): line("warning: nothing was removed: \(reason)", .warning)
        case .restoring(let step): line(step)
        case .restored(let database, let file): line("restored \(database) from \(file)")
        }
    }

    /// Ends a bar, so that the next line stands alone.
    func end() {
        if isTerminal { StandardStream.error.replaceLine(by: "") }
    }

    private static func text(_ manifest: Manifest) -> String {
        let bytes = ByteCount(manifest.compressed.bytes)
        let newest = manifest.newestCandle.map { ", newest candle \($0)" } ?? ""
        return "\(manifest.file): \(bytes), \(manifest.rows) rows\(newest), verified by reading it back"
    }

    private func showProgress(_ bytes: Int, _ expected: Int) {
        let isDue = shown.withLockedValue { last in
            let now = ContinuousClock.now
            guard now - last > .milliseconds(100) else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let share = min(1, Double(bytes) / Double(max(1, expected)))
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        show("\(bar) \(Int(share * 100)) % · \(ByteCount(bytes))")
    }

    private func show(_ text: String) { StandardStream.error.replaceLine(by: text) }

    private func line(_ text: String, _ level: Logger.Level = .info) {
        end()
        output.note(text, level)
    }
}

/// A number of bytes as people read it.
struct ByteCount: CustomStringConvertible {
    private let bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    var description: String {
        if bytes < 1000 { return "\(bytes) B" }
        let units = ["kB", "MB", "GB", "TB"]
        var value = Double(bytes) / 1000
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
    }
}

/// An age as people read it.
struct Age: CustomStringConvertible {
    private let milliseconds: Int64

    init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    var description: String {
        let minutes = milliseconds / 60_000
        if minutes < 0 { return "in the future" }
        if minutes < 120 { return "\(minutes) min" }
        if minutes < 48 * 60 { return "\(minutes / 60) h" }
        return "\(minutes / 1440) d"
    }
}
