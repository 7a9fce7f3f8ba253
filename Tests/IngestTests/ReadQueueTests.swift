import Candles
import Ingest
import Testing

@Suite("Settle queue") struct ReadQueueTests {
    private let minute: Int64 = 60_000

    private func series(_ count: Int, _ timeframe: String = "1m") throws -> [Series] {
        try (0..<count).map { try Series("AA\($0):USD-\(timeframe)") }
    }

    @Test func `the oldest reading goes first, and an interrupted channel counts as one interval older`() throws {
        let all = try series(3)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        for (index, series) in all.enumerated() { queue.wasRead(series, at: Int64(index), succeeded: true) }
        #expect(queue.oldestReadAt == 0)
        #expect(queue.next(at: minute - 1) == nil)
        let late = 10 * minute
        #expect(queue.next(at: late) == all[0])
        queue.markInterrupted(all[2], at: late)
        #expect(queue.next(at: late) == all[2])
        queue.wasRead(all[2], at: late, succeeded: true)
        #expect(queue.next(at: late) == all[0])
    }

    @Test func `a series is read only once a reading of it was good`() throws {
        let all = try series(2)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        for one in all { queue.recall(one, settledTo: 1) }
        #expect(queue.oldestReadAt == nil)
        queue.wasRead(all[0], at: minute, succeeded: true)
        for time in 1..<9 { queue.wasRead(all[1], at: Int64(time) * minute, succeeded: false) }
        #expect(queue.oldestReadAt == nil)
        queue.wasRead(all[1], at: 9 * minute, succeeded: true)
        queue.wasRead(all[0], at: 10 * minute, succeeded: false)
        #expect(queue.oldestReadAt == minute)
    }

    /// In pretended time: some channels are interrupted again and again, and there is a turn every three seconds.
    @Test func `channels that flap starve nobody`() throws {
        let all = try series(60)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        var readAt: [Series: Int64] = [:]
        var oldest: Int64 = 0
        for now in stride(from: 0, to: 120 * minute, by: 3_000) {
            if now % minute == 0 { for series in all.prefix(25) { queue.markInterrupted(series, at: now) } }
            if let next = queue.next(at: now) {
                queue.wasRead(next, at: now, succeeded: true)
                readAt[next] = now
            }
            if now > 10 * minute { oldest = max(oldest, now - (all.map { readAt[$0] ?? 0 }.min() ?? 0)) }
        }
        #expect(oldest <= 8 * minute, "\(oldest / 1000) s")
    }

    @Test func `a series that fails waits longer each time`() throws {
        let all = try series(1)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        for (failure, minutes) in ([2, 4, 8, 10, 10, 10] as [Int64]).enumerated() {
            let now = Int64(failure) * 100 * minute
            queue.wasRead(all[0], at: now, succeeded: false)
            #expect(queue.next(at: now + minutes * minute - 1) == nil, "\(failure)")
            #expect(queue.next(at: now + minutes * minute) == all[0], "\(failure)")
        }
        queue.wasRead(all[0], at: 0, succeeded: true)
        #expect(queue.next(at: minute) == all[0])
    }

    @Test func `what the database knows from before is not read again at once`() throws {
        let all = try series(2)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        queue.recall(all[0], settledTo: 100 * minute)
        queue.recall(all[1], settledTo: 90 * minute)
        #expect(queue.next(at: 100 * minute + 1) == all[1])
        queue.wasRead(all[1], at: 100 * minute + 1, succeeded: true)
        #expect(queue.next(at: 100 * minute + 2) == nil)
    }

    @Test func `nothing is read in maintenance, and a clock that was set back stops nothing`() throws {
        let all = try series(1)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        queue.hold(until: 5_000)
        #expect(queue.next(at: 4_999) == nil)
        #expect(queue.next(at: 5_000) == all[0])
        queue.wasRead(all[0], at: 100 * minute, succeeded: true)
        #expect(queue.next(at: 50 * minute) == all[0])
    }

    @Test func `an interruption during a reading is read once more`() throws {
        let all = try series(1)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        queue.markInterrupted(all[0], at: 20)
        queue.wasRead(all[0], at: 10, succeeded: true)
        #expect(queue.next(at: 10 + minute) == all[0])
        queue.wasRead(all[0], at: 10 + minute, succeeded: true)
        #expect(queue.next(at: 11 + minute) == nil)
    }

    @Test func `nothing is read before another interval has settled`() throws {
        let day = try #require(try series(1, "1D").first)
        var queue = ReadQueue([day], requestsPerMinute: 20)
        let noon: Int64 = 43_200_000
        queue.wasRead(day, at: noon, succeeded: true)
        #expect(queue.next(at: 86_400_000 + 59_999) == nil)
        #expect(queue.next(at: 86_400_000 + 60_000) == day)
        queue.wasRead(day, at: 86_460_000, succeeded: false)
        #expect(queue.next(at: 86_460_000 + 2 * queue.interval) == day)
    }

    /// In pretended time: each turn of the budget reads one series.
    @Test(arguments: [1, 10, 30, 60]) func `the newest final candle of no series is older than six minutes`(
        count: Int
    ) throws {
        let all = try series(count)
        var queue = ReadQueue(all, requestsPerMinute: 20)
        var settled: [Series: Int64] = [:]
        var sent: [Int64] = []
        var oldest: Int64 = 0
        for now in stride(from: 100 * minute, to: 160 * minute, by: 500) {
            if sent.count(where: { $0 > now - minute }) < 20, let next = queue.next(at: now) {
                sent.append(now)
                queue.wasRead(next, at: now, succeeded: true)
                settled[next] = Timeframe.minute1.settledBoundary(at: now)
            }
            if now > 105 * minute { oldest = max(oldest, all.map { now - (settled[$0] ?? 0) }.max() ?? 0) }
        }
        #expect(oldest <= 6 * minute, "\(oldest / 1000) s")
        // With few series, others have at least half of the budget.
        if count <= 10 { #expect(sent.count <= 60 * 10 + 10) }
    }

    @Test func `many series take their share of a small budget and no more`() throws {
        let queue = ReadQueue(try series(200), requestsPerMinute: 20)
        #expect(queue.interval == 200 * minute * 10 / (9 * 20))
        #expect(ReadQueue(try series(200), requestsPerMinute: 0).interval == minute)
    }
}
