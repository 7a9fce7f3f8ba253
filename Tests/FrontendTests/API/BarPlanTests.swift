import Candles
import Storage
import Testing

@testable import Frontend

@Suite struct BarPlanTests {
    private func plans(_ kept: [String]) throws -> [String] {
        let glances = try kept.enumerated().map { index, timeframe in
            try MemoryHistory("BTCUSD-\(timeframe)", id: Int64(index)).glance(now: 0)
        }
        return BarPlan.all(of: glances).map {
            "\($0.length.name) \($0.kind.rawValue) \($0.source.stored.series.timeframe)"
        }
    }

    @Test func `bars are kept, or folded from the coarsest finer series, or derived from days`() throws {
        #expect(
            try plans(["1m", "1h", "1D"]) == [
                "1m kept 1m", "5m folded 1m", "15m folded 1m", "30m folded 1m", "1h kept 1h", "3h folded 1h",
                "6h folded 1h", "12h folded 1h", "1D kept 1D", "1W derived 1D", "14D derived 1D", "1M derived 1D",
            ])
    }

    @Test func `nothing is made of what is too coarse`() throws {
        #expect(try plans(["3h"]) == ["3h kept 3h", "6h folded 3h", "12h folded 3h", "1D folded 3h"])
        #expect(try plans([]) == [])
    }

    @Test(arguments: [
        ("1h", "1m", "too coarse"), ("1D", "12h", "too coarse"), ("1m", "1W", "finer"), ("1m", "14D", "finer"),
        ("12h", "1M", "finer"),
    ])
    func `it is said whether what is kept is too coarse or too fine`(kept: String, wanted: String, words: String) throws
    {
        let catalogue = Catalogue([try MemoryHistory("BTCUSD-\(kept)").glance(now: 0)])
        let problem = #expect(throws: APIProblem.self) {
            try catalogue.plan(of: Symbol("BTCUSD"), timeframe: wanted)
        }
        #expect(problem?.detail.contains(words) == true, "\(String(describing: problem))")
        #expect((problem?.hint?.contains("BTCUSD-1D") == true) == (words == "finer"))
    }

    @Test(arguments: [
        ("1m", "1m", 1500, 1501), ("1m", "1h", 100, 6001), ("1m", "1D", 1500, 200_000), ("1h", "1D", 10_000, 200_000),
        ("1D", "1W", 10, 11),
    ])
    func `no page reads more than 200,000 candles`(kept: String, wanted: String, limit: Int, rows: Int) throws {
        let plan = try #require(
            BarPlan.all(of: [try MemoryHistory("BTCUSD-\(kept)").glance(now: 0)]).first { $0.length.name == wanted })
        #expect(plan.rows(for: limit) == rows)
    }

    @Test func `a history begins with the bar of its first candle, and ends with the one that is forming`() throws {
        let hour = Timeframe.hour1.milliseconds
        let history = try MemoryHistory("BTCUSD-1m", firstOpen: 90 * 60_000, wantedFrom: 5)
        let plan = try #require(
            BarPlan.all(of: [history.glance(now: 0)]).first { $0.length.name == "1h" })
        #expect(plan.history(now: 5 * hour) == TimeRange(hour, 6 * hour))
        #expect(plan.history(now: 5 * hour + 1) == TimeRange(hour, 6 * hour))
    }
}
