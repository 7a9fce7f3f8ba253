package import Candles
internal import GRDB

extension SQLiteCandleReader {
    package func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] {
        try await read { [report] in try $0.glances(now: now, report: report) }
    }

    package func tickers() async throws -> [TickerReading] { try await read { try $0.tickers() } }

    package func candles(
        of series: StoredSeries, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, before: time, limit: limit) }
    }

    package func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: series.id, in: range, limit: limit) }
    }

    package func candles(
        of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int
    ) async throws -> [StoredCandle] {
        try await read { try $0.candles(of: symbol, period: period, before: time.clampedToPostgres, limit: limit) }
    }

    package func closes(
        of series: StoredSeries, before times: [UnixMilliseconds], age: Duration
    ) async throws -> [Double?] {
        let ranges = times.map { $0.stretch(reachingBack: age) }
        return try await read { try $0.closes(of: series.id, in: ranges) }
    }

    package func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal? {
        try await read { try $0.total(of: series.id, in: range) }
    }

    package func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet {
        try await read { try $0.coverage(series.id, in: range) }
    }

    package func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] {
        try await read { try $0.presence(of: series.id, in: ranges) }
    }

    package func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] {
        try await read { try $0.counts(of: series.id, in: ranges) }
    }

    package func gaps(now: UnixMilliseconds) async throws -> [Gap] {
        try await read { [report] in try $0.gaps(now: now, report: report) }
    }

    package func hostStatuses() async throws -> [HostStatus] { try await read { try $0.hostStatuses() } }
}
