import NIOCore
import TestSupport
import Testing

@testable import Frontend

@Suite struct EventRingTests {
    private func ring(_ count: Int, capacity: Int = 10, bytes: Int = 1 << 20) -> EventRing {
        var ring = EventRing(boot: "b0", capacity: capacity, byteCapacity: bytes)
        for index in 0..<count { _ = ring.append(EventFrame("bars", ["n": index + 1])) }
        return ring
    }

    private func numbers(_ resumption: EventRing.Resumption) -> [Int?]? {
        if case .from(_, let missed) = resumption { missed.map(\.number) } else { nil }
    }

    @Test func `an event has its name, its number with the run of the program, and its data on one line`() {
        var ring = ring(6)
        let event = ring.append(EventFrame("bars", ["n": 7]))
        #expect(event.number == 7)
        #expect(String(buffer: event.bytes) == "id: b0-7\nevent: bars\ndata: {\"n\":7}\n\n")
    }

    @Test(arguments: [(nil, []), ("", []), ("b0-6", []), ("b0-3", [4, 5, 6]), ("b0-0", [1, 2, 3, 4, 5, 6])])
    func `who was away gets exactly what was missed`(lastID: String?, missed: [Int]) {
        #expect(numbers(ring(6).resumption(after: lastID)) == missed)
    }

    @Test(arguments: [
        ("b1-3", ResyncEvent.Reason.restart), ("b0-7", .gap), ("b0--1", .gap), ("b0-", .gap), ("b0", .gap), ("-", .gap),
        ("b0-99999999999999999999", .gap), ("b0-3-4", .gap),
    ])
    func `who cannot be told what was missed asks for everything`(lastID: String, reason: ResyncEvent.Reason) {
        #expect(ring(6).resumption(after: lastID) == .resync(reason))
    }

    @Test func `numbers go on from those of earlier runs`() {
        var ring = EventRing(boot: "b1", newest: 1_760_000_000_000)
        #expect(numbers(ring.resumption(after: "b1-1760000000000")) == [])
        #expect(ring.resumption(after: "b1-3") == .resync(.gap))
        #expect(ring.append(EventFrame("bars", ["n": 1])).number == 1_760_000_000_001)
        #expect(numbers(ring.resumption(after: "b1-1760000000000")) == [1_760_000_000_001])
    }

    @Test func `only the newest are kept`() {
        let ring = ring(25, capacity: 10)
        #expect(numbers(ring.resumption(after: "b0-15")) == Array(16...25))
        #expect(ring.resumption(after: "b0-14") == .resync(.gap))
    }

    @Test func `a few large ones push all others out, and one that is too large itself`() {
        let ring = ring(9, bytes: 100)
        #expect(ring.resumption(after: "b0-1") == .resync(.gap))
        #expect(numbers(ring.resumption(after: "b0-7")) == [8, 9])
        #expect(numbers(self.ring(3, bytes: 1).resumption(after: "b0-3")) == [])
    }

    @Test func `whatever came, a resumption tells all numbers behind the last one, or none`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let capacity = Int.random(in: 1...12, using: &random)
            let count = Int.random(in: 0...40, using: &random)
            let last = Int.random(in: 0...count, using: &random)
            let found = ring(count, capacity: capacity).resumption(after: "b0-\(last)")
            if count - last <= capacity {
                #expect(numbers(found) == Array((last + 1)..<(count + 1)))
            } else {
                #expect(found == .resync(.gap))
            }
        }
    }
}
