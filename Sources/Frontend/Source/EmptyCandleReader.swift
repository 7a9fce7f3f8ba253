import Candles
import Storage

/// What is read where there is no database yet: nothing, of which everything is well.
struct EmptyCandleReader: CandleReader {
    var identity: String { "nothing" }

    func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] { [] }
    func tickers() async throws -> [TickerReading] { [] }
    func candles(of series: StoredSeries, before time: UnixMilliseconds, limit: Int) async throws -> [StoredCandle] {
        []
    }
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] { [] }
    func candles(of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int) async throws
        -> [StoredCandle]
    { [] }
    func closes(of series: StoredSeries, before times: [UnixMilliseconds], age: Duration) async throws -> [Double?] {
        times.map { _ in nil }
    }
    func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal? { nil }
    func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet { IntervalSet() }
    func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] { ranges.map { _ in false } }
    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] { ranges.map { _ in 0 } }
    func gaps(now: UnixMilliseconds) async throws -> [Gap] { [] }
    func hostStatuses() async throws -> [HostStatus] { [] }
    func change(within limit: Duration) async throws -> Bool { false }
    func close() async {}
}
