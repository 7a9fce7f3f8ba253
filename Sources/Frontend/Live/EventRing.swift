import NIOCore

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
