import Candles
import Foundation
import Ingest
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing
import Transport

/// An exchange that is away for a while, on a clock that leaps over every wait.
@Suite("Outage", .timeLimit(.minutes(1))) struct OutageTests {
    private static let maintenance = HTTPReply(status: 500, body: Array(#"["error",20060,"maintenance"]"#.utf8))
    private static let page = HTTPReply(status: 200, body: Array(#"[["BTCUSD"],[]]"#.utf8))

    private static func status(_ isUp: Bool) -> HTTPReply {
        HTTPReply(status: 200, body: Array((isUp ? "[1]" : "[0]").utf8))
    }

    /// Answers by path and time, and notes both.
    private struct Exchange: HTTPTransport {
        let clock: LeapingClock
        let answer: @Sendable (_ asksForStatus: Bool, Duration) throws -> HTTPReply
        let asked = NIOLockedValueBox<[(isStatus: Bool, at: Duration)]>([])

        func send(_ call: HTTPCall) async throws -> HTTPReply {
            let isStatus = call.url.path().hasSuffix("/platform/status")
            asked.withLockedValue { $0.append((isStatus, clock.now.offset)) }
            return try answer(isStatus, clock.now.offset)
        }
    }

    private let clock = LeapingClock(startingAt: .seconds(1_700_000_000))
    private let folder: ScratchFolder
    private let journal: Journal

    init() throws {
        folder = try ScratchFolder()
        let clock = clock
        journal = try Journal(folder: folder.url, now: { clock.milliseconds })
    }

    private func client(
        _ exchange: Exchange, patience: Duration, events: NIOLockedValueBox<Int> = .init(0)
    ) throws -> BitfinexREST<LeapingClock> {
        BitfinexREST(
            base: try #require(URL(string: "http://127.0.0.1:9")), transport: exchange,
            budget: SharedBudget(journal: journal, host: "it", requestsPerMinute: 0, clock: clock),
            breaker: SharedCircuitBreaker(
                journal: journal, name: "it", monotonicNow: { [clock] in clock.milliseconds }),
            retry: RetryPolicy(
                attempts: 5, backoff: Backoff(base: .milliseconds(250), cap: .seconds(8)), longestWait: .seconds(10)),
            clock: clock, priority: .backfill, patience: .seconds(900), outage: Patience(limit: patience),
            now: { [clock] in clock.milliseconds },
            emit: { if case .away = $0 { events.withLockedValue { $0 += 1 } } })
    }

    /// Away until so long after the start.
    private func exchange(awayFor duration: Duration) -> Exchange {
        let start = clock.now.offset
        return Exchange(clock: clock) { asksForStatus, now in
            let isUp = now >= start + duration
            return asksForStatus ? Self.status(isUp) : isUp ? Self.page : Self.maintenance
        }
    }

    private var waited: Duration { clock.now.offset - .seconds(1_700_000_000) }

    @Test(arguments: [Duration.seconds(5), .seconds(300), .seconds(1_700)])
    func `a maintenance is waited for by asking for the status, and what was asked for is asked for twice in all`(
        length: Duration
    ) async throws {
        let exchange = exchange(awayFor: length)
        let events = NIOLockedValueBox(0)
        let listed = try await client(exchange, patience: .seconds(1800), events: events).symbols()
        #expect(listed == [try Symbol("BTCUSD")])
        #expect(waited >= length)
        #expect(waited <= length + .seconds(61))
        let asked = exchange.asked.withLockedValue { $0 }
        #expect(asked.count { !$0.isStatus } == 2)
        #expect(events.withLockedValue { $0 } == asked.count { $0.isStatus })
        let moments = asked.filter(\.isStatus).map(\.at)
        let distances = zip(moments, moments.dropFirst()).map { $1 - $0 }
        #expect(zip(distances, distances.dropFirst()).allSatisfy { $1 > $0 || $1 >= .seconds(48) }, "\(distances)")
    }

    @Test(arguments: ["[[],[]]", #"[["not a pair"],[]]"#, #"[["BTCUSD"]]"#, "[]", #"[["BTCUSD"],[],[]]"#])
    func `a list that names no pair, or is not what was asked for, says of no pair that it is gone`(body: String)
        async throws
    {
        let exchange = Exchange(clock: clock) { _, _ in HTTPReply(status: 200, body: Array(body.utf8)) }
        let fault = await #expect(throws: BitfinexFault.self) {
            try await client(exchange, patience: .zero).symbols()
        }
        #expect(fault?.code == "bitfinex-malformed")
    }

    @Test func `a maintenance opens no breaker, and ends the job only after its patience`() async throws {
        let exchange = exchange(awayFor: .seconds(100_000))
        let fault = await #expect(throws: BitfinexFault.self) {
            try await client(exchange, patience: .seconds(120)).symbols()
        }
        #expect(fault?.code == "bitfinex-unavailable")
        #expect(waited == .seconds(120))
        // The next run asks the exchange, not a breaker.
        let next = self.exchange(awayFor: .zero)
        #expect(try await client(next, patience: .zero).symbols() == [try Symbol("BTCUSD")])
    }

    @Test func `a status that says all is well while candles say otherwise is not asked for in a hurry`() async throws {
        let exchange = Exchange(clock: clock) { asksForStatus, _ in asksForStatus ? Self.status(true) : Self.maintenance
        }
        await #expect(throws: BitfinexFault.self) {
            try await client(exchange, patience: .seconds(600)).symbols()
        }
        #expect(waited == .seconds(600))
        #expect(exchange.asked.withLockedValue { $0.count } < 60)
    }

    @Test(arguments: [404, 500, 200])
    func `a status that cannot be had stops nothing`(status: Int) async throws {
        let start = clock.now.offset
        let exchange = Exchange(clock: clock) { asksForStatus, now in
            let isUp = now >= start + .seconds(100)
            if asksForStatus { return isUp ? Self.status(true) : HTTPReply(status: status, body: Array("<html>".utf8)) }
            return isUp ? Self.page : Self.maintenance
        }
        let listed = try await client(exchange, patience: .seconds(1800)).symbols()
        #expect(listed == [try Symbol("BTCUSD")])
        #expect(waited < .seconds(200))
    }

    @Test(
        "a wait that a busy server asks for is kept, in any form",
        arguments: [
            "90", "Wed, 15 Nov 2023 00:15:10 GMT", "Wednesday, 15-Nov-23 00:15:10 GMT", "Wed Nov 15 00:15:10 2023",
        ])
    func busy(text: String) async throws {
        // The clock begins at 2023-11-14T22:13:20Z; the date is measured against the reply's own.
        let headers = ["Retry-After": text, "Date": "Wed, 15 Nov 2023 00:13:40 GMT"]
        let start = clock.now.offset
        let exchange = Exchange(clock: clock) { _, now in
            now >= start + .seconds(90) ? Self.page : HTTPReply(status: 503, headers: headers)
        }
        // A host's clock that is behind is no error.
        let listed = try await client(exchange, patience: .seconds(120)).symbols()
        #expect(listed == [try Symbol("BTCUSD")])
        #expect(waited == .seconds(90))
        #expect(exchange.asked.withLockedValue { $0.count } == 2)
    }

    @Test func `a wait beyond the patience ends the job at once`() async throws {
        let exchange = Exchange(clock: clock) { _, _ in HTTPReply(status: 503, headers: ["Retry-After": "3600"]) }
        await #expect(throws: BitfinexFault.self) {
            try await client(exchange, patience: .seconds(120)).symbols()
        }
        #expect(waited == .zero)
        #expect(exchange.asked.withLockedValue { $0.count } == 1)
    }

    @Test func `a cancelled job does not wait`() async throws {
        let exchange = exchange(awayFor: .seconds(100_000))
        let client = try client(exchange, patience: .seconds(1800))
        await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask {
                do {
                    _ = try await client.symbols()
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            #expect(await group.next() == true)
        }
    }
}
