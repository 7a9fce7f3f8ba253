import Hummingbird
import NIOConcurrencyHelpers
import NIOCore

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

/// An event as it goes to every browser.
struct LiveEvent: Sendable, Equatable {
    /// Nil for what is not replayed.
    let number: Int?
    /// All of its lines; shared by all who get it.
    let bytes: ByteBuffer
}

/// The newest events, for those who were away for a moment.
struct EventRing: Sendable {
    enum Resumption: Sendable, Equatable {
        /// Goes on behind the event of this number.
        case from(Int, missed: [LiveEvent])
        /// What was missed cannot be told any more.
        case resync(ResyncEvent.Reason)
    }

    let boot: String
    private let capacity: Int
    private let byteCapacity: Int
    /// The number of the newest event; before the first the one that was given.
    private(set) var newest: Int
    /// A circle: the oldest is at `start`.
    private var events: [LiveEvent] = []
    private var start = 0
    private var bytes = 0

    /// Holds at most `capacity` events of at most `byteCapacity` bytes; `boot` tells this run of the program from others.
    ///
    /// Events are numbered from `newest` on. Greater than all numbers of earlier runs, it makes whatever a browser has kept of
    /// those older than any event of this one.
    init(boot: String, newest: Int = 0, capacity: Int = 2000, byteCapacity: Int = 16 << 20) {
        self.boot = boot
        self.newest = newest
        self.capacity = capacity
        self.byteCapacity = byteCapacity
    }

    func id(_ number: Int) -> String { "\(boot)-\(number)" }

    mutating func append(_ frame: EventFrame) -> LiveEvent {
        newest += 1
        let event = LiveEvent(number: newest, bytes: frame.bytes(id: id(newest)))
        bytes += event.bytes.readableBytes
        events.append(event)
        while events.count - start > capacity || bytes > byteCapacity, start < events.count {
            bytes -= events[start].bytes.readableBytes
            events[start] = LiveEvent(number: nil, bytes: ByteBuffer())
            start += 1
        }
        if start > capacity {
            events.removeFirst(start)
            start = 0
        }
        return event
    }

    /// `lastID` is what the client says that it saw last; nil for one that comes for the first time.
    func resumption(after lastID: String?) -> Resumption {
        guard let lastID, !lastID.isEmpty else { return .from(newest, missed: []) }
        let parts = lastID.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[1]), number >= 0 else { return .resync(.gap) }
        guard parts[0] == boot else { return .resync(.restart) }
        let count = events.count - start
        guard number <= newest, newest - number <= count else { return .resync(.gap) }
        return .from(number, missed: Array(events.suffix(newest - number)))
    }
}

/// What one browser is sent, from its first event to its last.
struct EventBody: Sendable {
    let opening: EventStreams.Opening
    let hello: ByteBuffer
    let slow: @Sendable (_ position: Int) -> ByteBuffer

    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(hello)
        for event in opening.missed { try await writer.write(event.bytes) }
        var position = opening.newest
        for await event in opening.events {
            if let number = event.number {
                // Some were dropped before this one.
                if number != position + 1 { try await writer.write(slow(number - 1)) }
                position = number
            }
            try await writer.write(event.bytes)
        }
        try await writer.finish(nil)
    }
}
