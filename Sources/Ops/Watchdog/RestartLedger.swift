import Candles
import Foundation
import Journal
import NIOConcurrencyHelpers
import Resilience
import SystemPackage

/// Who was restarted how often, over all processes: by the journal, and by a file beside it while the journal cannot be written.
///
/// What can be noted in neither is not done: else a timer's checks, each a process of its own, would restart a service without end.
package final class RestartLedger: Sendable {
    /// What became of the wish to restart a service.
    enum Beginning: Sendable {
        case begun(Entry)
        case limitReached
        /// Nobody could know of it afterwards, or knows of those before it.
        case unnotable(String)
    }

    /// One restart that was begun.
    enum Entry: Sendable {
        case noted(Int64)
        case unnoted
    }

    private struct State {
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

    /// How often it was restarted within the window, as far as can be known.
    func count(of service: String, in journal: Journal, now: UnixMilliseconds) async -> Int {
        let noted = await attempt { try await journal.restartTimes(of: service, within: WatchdogRules.window) }
        return (noted?.count ?? 0) + (await unnoted(service, in: journal, now) ?? 0)
    }

    func begin(
        _ service: String, reason: String, limit: Int, in journal: Journal, now: UnixMilliseconds
    ) async -> Beginning {
        guard let unnoted = await unnoted(service, in: journal, now) else { return unnotable }
        let row = await attempt {
            try await journal.beginRestart(
                of: service, reason: reason, limit: limit - unnoted, within: WatchdogRules.window)
        }
        if let row { return row.map { .begun(.noted($0)) } ?? .limitReached }
        let noted = await attempt { try await journal.restartTimes(of: service, within: WatchdogRules.window) }
        guard let noted else { return unnotable }
        if noted.count + unnoted >= limit { return .limitReached }
        let added: Bool? = await attempt {
            try RestartNotes(in: journal.folder).add(service, at: now)
            return true
        }
        return added == nil ? unnotable : .begun(.unnoted)
    }

    func end(_ entry: Entry, outcome: String, in journal: Journal) async {
        guard case .noted(let row) = entry else { return }
        await attempt { try await journal.endRestart(row, outcome: outcome) }
    }

    private var unnotable: Beginning { .unnotable(state.withLockedValue { $0.trouble } ?? "nothing can be noted") }

    /// Those that the file has within the window, and since a person gave the budget back; nil where it cannot be read.
    private func unnoted(_ service: String, in journal: Journal, _ now: UnixMilliseconds) async -> Int? {
        let times = await attempt { try RestartNotes(in: journal.folder).times(of: service) }
        guard let times else { return nil }
        let recent = times.filter { abs(now - $0) < WatchdogRules.window.milliseconds }
        if recent.isEmpty { return 0 }
        let reset = await attempt { try await journal.watched(service).resetAt }
        return recent.count { $0 > (reset ?? nil) ?? 0 }
    }
}

/// Restarts that the journal did not take: a file beside it, one a line, appended to and never written over.
struct RestartNotes: Sendable {
    static let name = "restarts-unnoted"

    private let file: URL

    init(in folder: URL) { file = folder.appending(path: Self.name) }

    /// When a service was restarted; a line that was cut, as on a full disk, tells of no restart: none followed it.
    ///
    /// - Throws: What keeps the file from being read. That there is none is no error.
    func times(of service: String) throws -> [UnixMilliseconds] {
        let text: String
        do {
            text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        } catch CocoaError.fileReadNoSuchFile {
            return []
        }
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 3 && words[0] == service && words[2] == "." ? Int64(words[1]) : nil
        }
    }

    /// - Throws: What keeps it from being noted whole.
    func add(_ service: String, at time: UnixMilliseconds) throws {
        let descriptor = try FileDescriptor.open(
            FilePath(file.path), .writeOnly, options: [.append, .create, .noFollow, .closeOnExec],
            permissions: .ownerReadWrite)
        try descriptor.closeAfter { _ = try descriptor.writeAll("\n\(service) \(time) .\n".utf8) }
    }
}
