import NIOConcurrencyHelpers

/// Wakes those who deliver, within this process.
package final class AlertBell: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    func ring() {
        for listener in state.withLockedValue({ Array($0.listeners.values) }) { listener.yield() }
    }

    /// One element now, and one for any number of rings since the last was taken.
    func rings() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLockedValue { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [state] _ in state.withLockedValue { $0.listeners[id] = nil } }
        continuation.yield()
        return stream
    }
}
