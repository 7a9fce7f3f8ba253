import Candles
import Ingest
import Testing

@Suite("Page request") struct PageRequestTests {
    private func rows(_ minutes: [Int64]) -> [Candle] {
        minutes.map { Candle(openTime: $0 * 60_000, open: 1, high: 1, low: 1, close: 1, volume: 1) }
    }

    private let ascending = PageRequest(
        start: 60_000, last: 659_999, order: .oldestFirst, limit: 5, witness: 60_000, closing: 600_000)
    private let descending = PageRequest(start: 60_000, last: 659_999, order: .newestFirst, limit: 5, witness: nil)

    @Test(
        arguments: [
            ([1, 2, 10], nil), ([1, 10], nil), ([1, 2, 3, 4, 5], nil), ([], "empty"), ([1], "end is missing"),
            ([2, 3], "start is missing"),
            ([1, 3, 2], "order"), ([1, 2, 2], "order"), ([1, 2, 11], "outside"), ([0, 1, 2], "outside"),
            ([1, 2, 3, 4, 5, 6], "more than"),
        ] as [([Int64], String?)])
    func `a page in ascending order begins with its witness`(minutes: [Int64], objection: String?) {
        let said = ascending.objection(to: rows(minutes), timeframe: .minute1)
        if let objection { #expect(said?.contains(objection) == true) } else { #expect(said == nil) }
    }

    @Test(
        arguments: [([10, 2, 1], nil), ([10], nil), ([], "empty"), ([1, 2], "order"), ([11, 3], "outside")]
            as [([Int64], String?)])
    func `the newest page is in descending order and never empty`(minutes: [Int64], objection: String?) {
        let said = descending.objection(to: rows(minutes), timeframe: .minute1)
        if let objection { #expect(said?.contains(objection) == true) } else { #expect(said == nil) }
    }

    @Test func `rows off the boundaries are refused`() {
        let row = Candle(openTime: 60_001, open: 1, high: 1, low: 1, close: 1, volume: 1)
        #expect(descending.objection(to: [row], timeframe: .minute1)?.contains("boundaries") == true)
    }
}
