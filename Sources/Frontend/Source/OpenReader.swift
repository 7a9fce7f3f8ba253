import NIOConcurrencyHelpers
import Storage

/// A reader that is closed once nobody wants it any more, and nobody uses it either.
final class OpenReader: Sendable {
    private struct State {
        var users = 0
        var isRetired = false
        var isClosed = false
    }

    private let reader: any CandleReader
    private let state = NIOLockedValueBox(State())

    init(_ reader: any CandleReader) { self.reader = reader }

    /// Nil where it was retired before.
    func use<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T? {
        let isOpen = state.withLockedValue { state in
            if state.isRetired { return false }
            state.users += 1
            return true
        }
        guard isOpen else { return nil }
        do {
            let result = try await body(reader)
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    /// Lets nobody in any more.
    func retire() async {
        state.withLockedValue { $0.isRetired = true }
        await closeIfUnused()
    }

    private func leave() async {
        state.withLockedValue { $0.users -= 1 }
        await closeIfUnused()
    }

    private func closeIfUnused() async {
        let isLast = state.withLockedValue { state in
            guard state.isRetired, state.users == 0, !state.isClosed else { return false }
            state.isClosed = true
            return true
        }
        if isLast { await reader.close() }
    }
}
