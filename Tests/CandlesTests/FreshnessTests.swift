import Candles
import Testing

@Suite struct FreshnessTests {
    /// What is unknown of a series for so long, what it is called, and whether a person is told.
    private static let table: [(Timeframe, Int64, Freshness, Bool)] = [
        (.minute1, 0, .live, false), (.minute1, 210_000, .live, false), (.minute1, 210_001, .delayed, false),
        (.minute1, 1_080_000, .delayed, false), (.minute1, 1_080_001, .stale, true),
        (.minute1, 605_879_999, .stale, true), (.minute1, 605_880_000, .stale, false),
        (.hour1, 7_290_000, .live, false), (.hour1, 7_290_001, .delayed, false), (.hour1, 11_700_000, .delayed, false),
        (.hour1, 11_700_001, .stale, true), (.day1, 172_890_000, .live, false), (.day1, 260_100_000, .delayed, false),
        (.day1, 260_100_001, .stale, true),
        // A clock is wrong.
        (.minute1, -5, .live, false), (.minute1, -90_000, .live, false), (.minute1, -90_001, .unknown, false),
    ]

    @Test(arguments: table)
    func `a series is live, then delayed, then stale, and at last nobody waits for it`(
        timeframe: Timeframe, age: Int64, state: Freshness, isMissed: Bool
    ) {
        let now: UnixMilliseconds = 1_700_000_000_000
        #expect(Freshness(knownThrough: now - age, of: timeframe, now: now) == state)
        #expect(Freshness.isMissed(knownThrough: now - age, of: timeframe, now: now) == isMissed)
    }

    @Test func `of a series of which nothing is known nothing is said`() {
        #expect(Freshness(knownThrough: nil, of: .day1, now: 0) == .unknown)
        #expect(!Freshness.isMissed(knownThrough: nil, of: .day1, now: 0))
    }

    @Test(arguments: [UnixMilliseconds.min, .max]) func `no time ends the process`(time: UnixMilliseconds) {
        for now in [UnixMilliseconds.min, 0, .max] { _ = Freshness(knownThrough: time, of: .day1, now: now) }
    }
}
