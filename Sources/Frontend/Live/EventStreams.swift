import NIOConcurrencyHelpers

/// Hands each event to everybody who listens.
final class EventStreams: Sendable {
    private struct State {
        var ring: EventRing
        var open: [Int: AsyncStream<LiveEvent>.Continuation] = [:]
        var nextStream = 0
        var isClosed = false
    }

    /// What one listener gets.
    struct Opening: Sendable {
        /// Behind which event it goes on.
        let position: Int
        let missed: [LiveEvent]
        let resync: ResyncEvent.Reason?
        let newest: Int
        /// Drops the oldest where the listener is slow, which shows as a hole in the numbers.
        let events: AsyncStream<LiveEvent>
        let end: @Sendable () -> Void
    }

    let limit: Int
    private let buffer: Int
    private let state: NIOLockedValueBox<State>

    /// At most `limit` listeners, each of which may be `buffer` events behind.
    init(ring: EventRing, limit: Int = 512, buffer: Int = 64) {
        self.limit = limit
        self.buffer = buffer
        state = NIOLockedValueBox(State(ring: ring))
    }

    var count: Int { state.withLockedValue { $0.open.count } }

    var newest: Int { state.withLockedValue { $0.ring.newest } }

    var boot: String { state.withLockedValue { $0.ring.boot } }

    func id(_ number: Int) -> String { state.withLockedValue { $0.ring.id(number) } }

    /// Numbers an event and sends it.
    func publish(_ frame: EventFrame) {
        state.withLockedValue { state in
            let event = state.ring.append(frame)
            // Under the lock, so that all get events in the order of their numbers.
            for listener in state.open.values { listener.yield(event) }
        }
    }

    /// Sends what is not replayed.
    func tell(_ frame: (_ newest: Int) -> EventFrame) {
        state.withLockedValue { state in
            let event = LiveEvent(number: nil, bytes: frame(state.ring.newest).bytes())
            for listener in state.open.values { listener.yield(event) }
        }
    }

    /// Nil where there are too many already, or where the end has begun.
    func open(after lastID: String?) -> Opening? {
        let (events, listener) = AsyncStream.makeStream(of: LiveEvent.self, bufferingPolicy: .bufferingNewest(buffer))
        let opened = state.withLockedValue { state -> (id: Int, ring: EventRing.Resumption, newest: Int)? in
            guard state.open.count < limit, !state.isClosed else { return nil }
            state.nextStream += 1
            state.open[state.nextStream] = listener
            return (state.nextStream, state.ring.resumption(after: lastID), state.ring.newest)
        }
        guard let opened else { return nil }
        // Also where nobody ever listens: whoever was to do so is gone.
        listener.onTermination = { [weak self] _ in
            self?.state.withLockedValue { _ = $0.open.removeValue(forKey: opened.id) }
        }
        let end: @Sendable () -> Void = { listener.finish() }
        switch opened.ring {
        case .from(let position, let missed):
            return Opening(
                position: position, missed: missed, resync: nil, newest: opened.newest, events: events, end: end)
        case .resync(let reason):
            return Opening(
                position: opened.newest, missed: [], resync: reason, newest: opened.newest, events: events, end: end)
        }
    }

    /// Ends all streams, and opens none any more.
    func close() {
        let open = state.withLockedValue { state in
            state.isClosed = true
            return state.open.values
        }
        for listener in open { listener.finish() }
    }
}
