import Candles
import Frontend
import NIOConcurrencyHelpers
import Storage

/// A database whose content a test sets.
final class FakeSource: DashboardSource {
    struct Content: Sendable {
        var glances: [SeriesGlance] = []
        var tickers: [TickerReading] = []
        var candles: [StoredCandle] = []
        var operations: [HostOperations] = []
        var condition = DatabaseCondition(kind: .sqlite, state: .ok)
        /// What reads end with.
        var fault: (any Error)?
        fileprivate(set) var version = 0
    }

    private let content: NIOLockedValueBox<Content>
    private let readings = NIOLockedValueBox(0)

    init(_ content: Content = .init()) { self.content = NIOLockedValueBox(content) }

    /// Changes what it holds, and its version.
    func change(_ body: (inout Content) -> Void) {
        content.withLockedValue { content in
            body(&content)
            content.version += 1
        }
    }

    /// How often somebody has read.
    var reads: Int { readings.withLockedValue { $0 } }

    var version: Int { content.withLockedValue { $0.version } }

    var condition: DatabaseCondition { content.withLockedValue { $0.condition } }

    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        let content = content.withLockedValue { $0 }
        if content.condition.state == .unavailable { throw DatabaseUnavailable(content.condition) }
        if let fault = content.fault { throw fault }
        defer { readings.withLockedValue { $0 += 1 } }
        return try await body(FakeReader(content: content))
    }

    func operations() async throws -> [HostOperations] { content.withLockedValue { $0.operations } }
}

/// Reads from what a test has set.
struct FakeReader: CandleReader {
    let content: FakeSource.Content

    var identity: String { "fake" }

    func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] { content.glances }
    func tickers() async throws -> [TickerReading] { content.tickers }
    func candles(of series: StoredSeries, before time: UnixMilliseconds, limit: Int) async throws -> [StoredCandle] {
        Array(content.candles.filter { $0.candle.openTime < time }.suffix(limit))
    }
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        Array(content.candles.filter { range.contains($0.candle.openTime) }.prefix(limit))
    }
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
    func hostStatuses() async throws -> [PublishedStatus] { [] }
    func change(within limit: Duration) async throws -> Bool { false }
    func close() async {}
}
