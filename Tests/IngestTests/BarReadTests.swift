import Candles
import Ingest
import Testing

/// How bars are read from an exchange that may cut its answers.
@Suite("BarRead") struct BarReadTests {
    private static let hour: Int64 = 3_600_000

    /// Reads bars that lie at so many hours; an answer holds at most `limit`, of the oldest or the newest.
    private func read(
        _ hours: [Int64], expecting expected: (Int64, Int64)?, limit: Int = .max, newest: Bool = false,
        to end: Int64 = 20
    ) -> (bars: [Int64], requests: [PageRequest]) {
        var read = BarRead(
            range: TimeRange(0, end * Self.hour), expected: expected.map { ($0.0 * Self.hour, $0.1 * Self.hour) })
        var requests: [PageRequest] = []
        while let request = read.request, requests.count < 50 {
            requests.append(request)
            let rows = hours.map { $0 * Self.hour }.filter { request.start <= $0 && $0 <= request.last }.map {
                Candle(openTime: $0, open: 1, high: 1, low: 1, close: 1, volume: 1)
            }
            read.receive(Array(newest ? rows.suffix(limit) : rows.prefix(limit)))
        }
        return (read.bars.map { $0.openTime / Self.hour }, requests)
    }

    @Test func `a whole answer is one request`() {
        let (bars, requests) = read([0, 3, 7, 19], expecting: (0, 19))
        #expect(bars == [0, 3, 7, 19])
        #expect(requests == [PageRequest(start: 0, last: 20 * Self.hour - 1, order: .oldestFirst, witness: nil)])
        #expect(read([0, 3, 7, 19], expecting: (3, 7)).requests.count == 1)
    }

    @Test(arguments: [2, 3, 5], [false, true]) func `an answer that was cut is read on`(limit: Int, newest: Bool) {
        let hours = [Int64](0..<20)
        #expect(read(hours, expecting: (0, 19), limit: limit, newest: newest).bars == hours)
    }

    @Test func `a bar that only we have at an end costs one more question`() throws {
        let (bars, requests) = read([3, 7], expecting: (1, 9))
        #expect(bars == [3, 7])
        try #require(requests.count == 3)
        #expect(requests[1].last == 3 * Self.hour && requests[1].witness == nil)
        #expect(requests[2].start == 7 * Self.hour && requests[2].witness == 7 * Self.hour)
    }

    @Test func `an answer without a bar is believed only where we have none`() {
        #expect(read([], expecting: nil).requests.count == 1)
        var read = BarRead(range: TimeRange(0, 20 * Self.hour), expected: (0, 5 * Self.hour))
        read.receive([])
        let second = read.request
        #expect(second?.witness == 0)
        #expect(second?.objection(to: [], timeframe: .hour1) != nil)
    }
}
