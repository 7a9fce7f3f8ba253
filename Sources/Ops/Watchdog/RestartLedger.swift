import Candles
import Journal
import NIOConcurrencyHelpers
import Resilience

/// Who was restarted how often: the journal knows it for all processes, and this one alone while the journal cannot be written.
///
/// A full disk must not keep a service from being restarted.
package final class RestartLedger: Sendable {
    /// One restart that was begun.
    enum Entry: Sendable {
        case noted(Int64)
        case unnoted
    }

    private struct State {
        var restarts: [String: [UnixMilliseconds]] = [:]
        var notes: [String: WatchedNote] = [:]
        var trouble: String?
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    /// What the journal refused since this was asked last; nil where nothing was.
    func takeTrouble() -> String? {
        state.withLockedValue { state in
            defer { state.trouble = nil }
            return state.trouble
        }
    }

    /// Runs `body`, and remembers what the journal refused; nil where it did.
    @discardableResult
    func attempt<T: Sendable>(_ body: () async throws -> T) async -> T? {
        do {
            return try await body()
        } catch {
            let text = (error as? any Fault)?.summary ?? "\(error)"
            state.withLockedValue { $0.trouble = text }
            return nil
        }
    }

    /// What was noted of a service; empty where nothing was, or nothing can be read.
    func note(of service: String, in journal: Journal) async -> WatchedNote {
        if let own = state.withLockedValue({ $0.notes[service] }) { return own }
        return await attempt { try await journal.watched(service) } ?? WatchedNote()
    }

    func keep(_ note: WatchedNote, of service: String, in journal: Journal) async {
        let kept: Bool? = await attempt {
            try await journal.noteWatched(service, handsOffSince: note.handsOffSince, detail: note.detail ?? "")
            return true
        }
        state.withLockedValue { $0.notes[service] = kept == nil ? note : nil }
    }

    /// How often it was restarted within the window.
    func count(of service: String, in journal: Journal, now: UnixMilliseconds) async -> Int {
        let noted = await attempt { try await journal.restartTimes(of: service, within: WatchdogRules.window) }
        return (noted?.count ?? 0) + unnoted(service, now)
    }

    /// Nil where the limit is reached.
    func begin(
        _ service: String, reason: String, limit: Int, in journal: Journal, now: UnixMilliseconds
    ) async -> Entry? {
        let remaining = limit - unnoted(service, now)
        let row = await attempt {
            try await journal.beginRestart(
                of: service, reason: reason, limit: remaining, within: WatchdogRules.window)
        }
        if let row { return row.map { .noted($0) } }
        guard await count(of: service, in: journal, now: now) < limit else { return nil }
        state.withLockedValue { $0.restarts[service, default: []].append(now) }
        return .unnoted
    }

    func end(_ entry: Entry, outcome: String, in journal: Journal) async {
        guard case .noted(let row) = entry else { return }
        await attempt { try await journal.endRestart(row, outcome: outcome) }
    }

    private func unnoted(_ service: String, _ now: UnixMilliseconds) -> Int {
        state.withLockedValue { state in
            state.restarts[service]?.removeAll { abs(now - $0) >= WatchdogRules.window.milliseconds }
            return state.restarts[service]?.count ?? 0
        }
    }
}
