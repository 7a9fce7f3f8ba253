import Candles
import Ingest
import Testing

@Suite("Shared outage") struct SharedOutageTests {
    private func gap(_ series: String, _ start: Int64, _ end: Int64) throws -> Gap {
        Gap(series: try Series(series), range: TimeRange(start * 60_000, end * 60_000))
    }

    private let both: Set<Series>

    init() throws { both = [try Series("BTCUSD-1m"), try Series("ETHUSD-1m")] }

    @Test func `what all series lack is an outage`() throws {
        let gaps = [
            try gap("BTCUSD-1m", 0, 10), try gap("BTCUSD-1m", 100, 200), try gap("ETHUSD-1m", 4, 7),
            try gap("ETHUSD-1m", 90, 150),
        ]
        #expect(
            SharedOutage.among(gaps, of: both)
                == [SharedOutage(range: TimeRange(100 * 60_000, 150 * 60_000), series: 2)])
    }

    @Test func `a series without a gap means that there was none`() throws {
        #expect(SharedOutage.among([try gap("BTCUSD-1m", 0, 100)], of: both).isEmpty)
    }

    @Test func `hours have no part in an outage of minutes`() throws {
        let gaps = [try gap("BTCUSD-1m", 0, 10), try gap("ETHUSD-1m", 0, 10)]
        let all = both.union([try Series("BTCUSD-1h")])
        #expect(SharedOutage.among(gaps, of: all).map(\.series) == [2])
    }

    @Test func `one series alone has no outage`() throws {
        #expect(SharedOutage.among([try gap("BTCUSD-1m", 0, 100)], of: [try Series("BTCUSD-1m")]).isEmpty)
    }
}
