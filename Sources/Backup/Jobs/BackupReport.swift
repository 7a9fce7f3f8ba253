import Jobs
import Logging
import NIOConcurrencyHelpers

/// Shows what happens to backups: a bar on a terminal, one line for each result elsewhere; always on stderr.
struct BackupReport: Sendable {
    private let output: any JobOutput
    private var isTerminal: Bool { output.drawsBars }
    private let shown = NIOLockedValueBox(ContinuousClock.now)

    init(output: any JobOutput) { self.output = output }

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
        if isTerminal { show("") }
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
        show("\(ProgressBar(share)) · \(ByteCount(bytes))")
    }

    private func show(_ text: String) { output.show(bar: text) }

    private func line(_ text: String, _ level: Logger.Level = .info) {
        end()
        output.note(text, level)
    }
}
