import HTTPServer
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import Storage
import TestSupport
import Testing

@testable import Frontend

/// Many browsers, slow browsers, and browsers that come and go.
///
/// One after the other: what is measured is this server.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ManyListenersTests {
    private func source() throws -> FakeSource {
        FakeSource(.init(glances: [try Glances.glance(last: 10)]))
    }

    private func number(_ event: EventClient.Event) -> Int? { event.id.flatMap { Int($0.dropFirst(3)) } }

    @Test func `two hundred listeners get each event at once, and all of them`() async throws {
        let (listeners, events) = (200, 20)
        let (arrivals, arrival) = AsyncStream.makeStream(of: (number: Int, at: ContinuousClock.Instant).self)
        // The size of one in which forty bars have changed.
        let bar = LiveBar(series: try Glances.glance(last: 1).stored.series, bar: Glances.bar(1))
        let frame = EventFrame("bars", BarsEvent(bars: Array(repeating: bar, count: 40)))
        var times: [Duration] = []
        try await ServedEvents.with(try source()) { served in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<listeners {
                    group.addTask {
                        try await EventClient.with(served.port) { client in
                            for expected in 0...events {
                                guard let event = await client.next() else { break }
                                #expect(number(event) == expected)
                                arrival.yield((expected, event.at))
                            }
                        }
                    }
                }
                var arrived = arrivals.makeAsyncIterator()
                for _ in 0..<listeners { _ = await arrived.next() }
                for _ in 0..<events {
                    let sent = ContinuousClock.now
                    served.live.streams.publish(frame)
                    for _ in 0..<listeners { if let one = await arrived.next() { times.append(one.at - sent) } }
                }
                try await group.waitForAll()
            }
        }
        let slowest = try #require(times.max())
        print("\(listeners) listeners: slowest \(slowest), median \(times.sorted()[times.count / 2])")
        #expect(times.count == listeners * events)
        // A release build alone on a machine takes a hundredth of it; this is about what waits for something else.
        #expect(slowest < .seconds(10))
    }

    @Test func `five hundred and twelve may listen, and one more is told to come again`() async throws {
        try await ServedEvents.with(try source()) { served in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (hellos, hello) = AsyncStream.makeStream(of: String?.self)
                for _ in 0..<512 {
                    group.addTask {
                        try await EventClient.with(served.port) { client in
                            hello.yield(await client.next()?.name)
                            await client.ended()
                        }
                    }
                }
                var heard = hellos.makeAsyncIterator()
                for _ in 0..<512 { #expect(await heard.next() == "hello") }
                let refused = try await EventClient.get("/api/v1/events?once", served.port)
                #expect(refused.head.hasPrefix("HTTP/1.1 503 "))
                #expect(refused.body.contains("urn:cryptotrader:problem:too-many-streams"))
                #expect(refused.body.contains("512 browsers listen already"))
                await served.stop()
                try await group.waitForAll()
            }
        }
    }

    @Test func `who is cut and comes back gets every event once, or is told to ask for everything`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        let source = try source()
        let events = 400
        try await ServedEvents.with(source) { served in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        var random = SeededGenerator(seed: seed &+ UInt64(index))
                        var last: String?
                        var seen = 0
                        while seen < events {
                            let stay = Int.random(in: 1...60, using: &random)
                            try await EventClient.with(served.port, after: last) { client in
                                for _ in 0..<stay where seen < events {
                                    guard let event = await client.next() else { return }
                                    if let id = event.id { last = id }
                                    switch event.name {
                                    // Where a stream goes on is where it was left.
                                    case "hello":
                                        if seen > 0 {
                                            #expect(number(event) == seen)
                                        } else {
                                            seen = number(event) ?? 0
                                        }
                                    case "resync": seen = number(event) ?? seen
                                    default:
                                        #expect(number(event) == seen + 1)
                                        seen = number(event) ?? seen
                                    }
                                }
                            }
                        }
                    }
                }
                try await served.until { served.live.openStreams > 0 && source.reads > 0 }
                var close = 100.0
                while served.live.sequence < events {
                    close += 1
                    let glance = try Glances.glance(last: 10, close: close)
                    let before = served.live.sequence
                    source.change { $0.glances = [glance] }
                    try await served.until { served.live.sequence > before }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `who reads nothing costs a bounded buffer, and is cut, while the others go on`() async throws {
        // Large events, so that what the kernel takes for a reader is soon full.
        let glances = try (0..<500).map { index in
            try Glances.glance("AA\(index + 100):USD", last: 10, id: Int64(index))
        }
        let source = FakeSource(.init(glances: glances))
        var pace = ServedEvents.pace
        pace.heartbeat = .milliseconds(100)
        var limits = HTTPServerLimits()
        limits.stall = .seconds(1)
        try await ServedEvents.with(source, pace: pace, limits: limits) { served in
            try await EventClient.with(served.port, reads: false) { deaf in
                try await EventClient.with(served.port) { client in
                    _ = await client.next()
                    try await served.until { served.live.openStreams == 2 && source.reads > 0 }
                    var close = 100.0
                    while served.live.openStreams == 2 {
                        close += 1
                        let next = try (0..<500).map { index in
                            try Glances.glance("AA\(index + 100):USD", last: 10, close: close, id: Int64(index))
                        }
                        source.change { $0.glances = next }
                        #expect(await client.first("bars") != nil)
                    }
                    #expect(served.live.openStreams == 1)
                }
                _ = deaf
            }
        }
    }

    @Test func `who was slow is told to ask for everything, and then goes on`() async throws {
        let streams = EventStreams(ring: EventRing(boot: "b0"), limit: 2, buffer: 4)
        let opening = try #require(streams.open(after: nil))
        for index in 1...10 { streams.publish(EventFrame("bars", ["n": index])) }
        let writer = CollectingWriter()
        let body = EventBody(opening: opening, hello: .init(string: "hello\n")) { position in
            EventFrame("resync", ResyncEvent(reason: .slow)).bytes(id: streams.id(position))
        }
        streams.close()
        var parts: any ResponseBodyWriter = writer
        try await body.write(to: &parts)
        let lines = writer.text.split(separator: "\n").filter { $0.hasPrefix("id") || $0.hasPrefix("event") }
        #expect(lines.prefix(4) == ["id: b0-6", "event: resync", "id: b0-7", "event: bars"])
        #expect(lines.suffix(2) == ["id: b0-10", "event: bars"])
        #expect(writer.isFinished)
    }
}

/// Keeps what is written.
private struct CollectingWriter: ResponseBodyWriter {
    private let state = NIOLockedValueBox((text: "", isFinished: false))

    var text: String { state.withLockedValue { $0.text } }
    var isFinished: Bool { state.withLockedValue { $0.isFinished } }

    func write(_ buffer: ByteBuffer) async throws { state.withLockedValue { $0.text += String(buffer: buffer) } }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        state.withLockedValue { $0.isFinished = true }
    }
}
