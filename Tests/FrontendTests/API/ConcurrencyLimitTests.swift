import NIOConcurrencyHelpers
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct ConcurrencyLimitTests {
    /// Two turns that are taken until `open`.
    private struct Full {
        let turns = ConcurrencyLimit(atOnce: 2, room: 3)
        let gate: AsyncStream<Void>
        let open: AsyncStream<Void>.Continuation
        let order = NIOLockedValueBox<[Int]>([])

        init() { (gate, open) = AsyncStream.makeStream() }

        func begin(_ group: inout ThrowingTaskGroup<Void, any Error>) async {
            let begun = NIOLockedValueBox(0)
            for _ in 0..<2 {
                group.addTask {
                    try await turns.take {
                        begun.withLockedValue { $0 += 1 }
                        for await _ in gate {}
                    }
                }
            }
            while begun.withLockedValue(\.self) < 2, !Task.isCancelled { await Task.yield() }
        }

        /// Adds one that waits, and returns once it does.
        func wait(_ name: Int, _ group: inout ThrowingTaskGroup<Void, any Error>) async {
            let before = turns.waiting
            group.addTask { try await turns.take { order.withLockedValue { $0.append(name) } } }
            while turns.waiting == before, order.withLockedValue(\.isEmpty), !Task.isCancelled { await Task.yield() }
        }
    }

    @Test func `who comes first goes first, and too many are refused at once`() async throws {
        // One turn is left in the end, so that the order is that of the turns alone.
        let full = Full()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { full.open.finish() }
            await full.begin(&group)
            for name in 0..<3 { await full.wait(name, &group) }
            #expect(full.order.withLockedValue(\.self) == [])
            let refusal = await #expect(throws: APIProblem.self) { try await full.turns.take {} }
            #expect(refusal?.status == 503 && refusal?.retryAfter == 5 && refusal?.hint != nil)
            #expect(full.turns.waiting == 3)
            full.open.finish()
            try await group.waitForAll()
        }
        #expect(Set(full.order.withLockedValue(\.self)) == [0, 1, 2])
        #expect(full.turns.waiting == 0)
    }

    @Test func `one turn is given in the order in which it was asked for`() async throws {
        let turns = ConcurrencyLimit(atOnce: 1, room: 50)
        let order = NIOLockedValueBox<[Int]>([])
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { open.finish() }
            group.addTask {
                try await turns.take {
                    begin.yield()
                    for await _ in gate {}
                }
            }
            for await _ in begun { break }
            for name in 0..<40 {
                group.addTask { try await turns.take { order.withLockedValue { $0.append(name) } } }
                while turns.waiting <= name, order.withLockedValue(\.isEmpty), !Task.isCancelled { await Task.yield() }
            }
            open.finish()
            try await group.waitForAll()
        }
        #expect(order.withLockedValue(\.self) == Array(0..<40))
    }

    @Test func `who is cancelled waits no longer, and its place is free`() async throws {
        let full = Full()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { full.open.finish() }
            await full.begin(&group)
            await full.wait(0, &group)
            await withTaskGroup(of: Bool.self) { impatient in
                impatient.addTask {
                    do {
                        try await full.turns.take {}
                        return false
                    } catch { return error is CancellationError }
                }
                while full.turns.waiting < 2, !Task.isCancelled { await Task.yield() }
                impatient.cancelAll()
                #expect(await impatient.next() == true)
            }
            #expect(full.turns.waiting == 1)
            full.open.finish()
            try await group.waitForAll()
        }
        #expect(full.order.withLockedValue(\.self) == [0])
    }

    @Test func `a turn that ended with an error is given on`() async throws {
        let turns = ConcurrencyLimit(atOnce: 1, room: 0)
        for _ in 0..<3 {
            await #expect(throws: APIProblem(.notFound, "no")) {
                try await turns.take { throw APIProblem(.notFound, "no") }
            }
        }
        #expect(try await turns.take { 7 } == 7)
    }

    @Test func `two long pages are read at a time, and short ones meanwhile`() async throws {
        let source = try Samples.source()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let reading = NIOLockedValueBox((now: 0, most: 0))
        source.change { reader in
            reader.gate = { limit in
                if limit <= BarPlan.mostBars + 1 { return }
                reading.withLockedValue { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                for await _ in gate {}
                reading.withLockedValue { $0.now -= 1 }
            }
        }
        try await ServedAPI.with(source) { served in
            try await withThrowingTaskGroup(of: Int.self) { group in
                defer { open.finish() }
                for limit in 1000..<1008 {
                    group.addTask {
                        let target = "/api/v1/candles?symbol=BTCUSD&timeframe=1h&limit=\(limit)"
                        return try await served.client.get(target).status
                    }
                }
                while served.answers.longPages.waiting < 6, reading.withLockedValue({ $0.most <= 2 }), !Task.isCancelled
                {
                    await Task.yield()
                }
                for target in ["timeframe=1m&limit=10000", "timeframe=1h&limit=100"] {
                    let short = try await served.client.get("/api/v1/candles?symbol=BTCUSD&\(target)")
                    #expect(short.status == 200)
                }
                #expect(reading.withLockedValue(\.now) == 2)
                open.finish()
                let statuses = try await group.reduce(into: []) { $0.append($1) }
                #expect(statuses == Array(repeating: 200, count: 8))
            }
        }
        #expect(reading.withLockedValue(\.most) == 2)
    }
}
