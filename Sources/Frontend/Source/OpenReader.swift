import Candles
import NIOConcurrencyHelpers
import Storage

/// A reader that is closed once nobody wants it any more, and nobody uses it either.
final class OpenReader: Sendable {
    private struct State {
        var users = 0
        var isRetired = false
        var isClosed = false
    }

    private let reader: any CandleReader
    private let state = NIOLockedValueBox(State())

    init(_ reader: any CandleReader) { self.reader = reader }

    /// Nil where it was retired before.
    func use<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T? {
        let isOpen = state.withLockedValue { state in
            if state.isRetired { return false }
            state.users += 1
            return true
        }
        guard isOpen else { return nil }
        do {
            let result = try await body(reader)
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    /// Lets nobody in any more.
    func retire() async {
        state.withLockedValue { $0.isRetired = true }
        await closeIfUnused()
    }

    private func leave() async {
        state.withLockedValue { $0.users -= 1 }
        await closeIfUnused()
    }

    private func closeIfUnused() async {
        let isLast = state.withLockedValue { state in
            guard state.isRetired, state.users == 0, !state.isClosed else { return false }
            state.isClosed = true
            return true
        }
        if isLast { await reader.close() }
    }
}

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
    func hostStatuses() async throws -> [PublishedStatus] { [] }
    func change(within limit: Duration) async throws -> Bool { false }
    func close() async {}
}
