import Candles
import Ingest
import Testing

@Suite("Backfill job") struct BackfillJobTests {
    private let now: UnixMilliseconds = 1_514_764_830_000  // 2018-01-01T00:00:30Z

    private func target(
        _ start: BackfillJob.Start, end: UnixMilliseconds? = nil, lastFinal: UnixMilliseconds? = nil
    ) throws -> TimeRange {
        let job = BackfillJob(series: try Series("BTCUSD-1m"), start: start, end: end)
        return try job.target(now: now, firstCandle: 1_364_774_820_000, lastFinal: lastFinal)
    }

    @Test func `an end past now is the newest settled boundary`() throws {
        #expect(try target(.at(0), end: .max / 2) == TimeRange(0, 1_514_764_740_000))
        #expect(try target(.at(0)).end == 1_514_764_740_000)
    }

    @Test func `both ends go down to the timeframe`() throws {
        #expect(try target(.at(90_001), end: 250_000) == TimeRange(60_000, 240_000))
    }

    @Test func `the default start is the first candle`() throws {
        #expect(try target(.firstCandle).start == 1_364_774_820_000)
    }

    @Test func `resuming starts at the last final candle, or so many days back`() throws {
        #expect(try target(.lastFinal(elseDaysBack: 2), lastFinal: 1_500_000_000_000).start == 1_500_000_000_000)
        #expect(try target(.lastFinal(elseDaysBack: 2)).start == 1_514_592_000_000)
    }

    @Test func `a range that cannot be is refused`() {
        #expect(throws: IngestFault.startInFuture(now + 1)) { try target(.at(now + 1)) }
        #expect(throws: IngestFault.reversedRange(start: 10, end: 10)) { try target(.at(10), end: 10) }
        #expect(throws: IngestFault.reversedRange(start: now - 86_400_000, end: 5)) { try target(.daysBack(1), end: 5) }
        #expect(throws: IngestFault.reversedRange(start: 60_000, end: 119_999)) {
            try target(.at(60_000), end: 119_999)
        }
        #expect(throws: IngestFault.reversedRange(start: now + 9, end: now + 5)) {
            try target(.at(now + 9), end: now + 5)
        }
    }
}
