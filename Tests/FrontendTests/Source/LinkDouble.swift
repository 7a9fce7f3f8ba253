import Candles
import Frontend
import Logging
import NIOConcurrencyHelpers
import Resilience
import ServiceLifecycle
import Storage

/// A database that a test takes away and gives back.
final class LinkDouble: Sendable {
    struct State: Sendable {
        /// What opening it, and what everything but opening it, throws.
        var openFault: (any Fault)?
        var fault: (any Fault)?
        var glances: [SeriesGlance] = []
        var hasChanged = true
        /// Reads do not end by themselves.
        var hangs = false
        var opened = 0
        var closed = 0
    }

    let state: NIOLockedValueBox<State>

    init(_ state: State = .init()) { self.state = NIOLockedValueBox(state) }

    func set(_ body: (inout State) -> Void) { state.withLockedValue(body) }

    func open() throws -> any CandleReader {
        try state.withLockedValue { state in
            if let fault = state.openFault { throw fault }
            state.opened += 1
            // The first call of a reader's `change` says so.
            state.hasChanged = true
        }
        return DoubleReader(link: self)
    }

    static var limits: DatabaseLink.Limits {
        var limits = DatabaseLink.Limits()
        limits.reopening = Backoff(base: .milliseconds(1), cap: .milliseconds(5))
        limits.look = .milliseconds(2)
        limits.census = .zero
        return limits
    }

    /// A link to this database that runs beside `body`.
    func linked<T: Sendable>(
        limits: DatabaseLink.Limits = LinkDouble.limits, hosts: @escaping @Sendable () -> [HostOperations] = { [] },
        _ body: (DatabaseLink) async throws -> T
    ) async throws -> T {
        let link = DatabaseLink(
            .postgres, limits: limits, clock: ContinuousClock(), now: { 0 }, logger: ServedEvents.quiet,
            hosts: { _ in hosts() }, open: { try self.open() })
        let group = ServiceGroup(services: [link], logger: ServedEvents.quiet)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = try await body(link)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }
}

/// One opening of it.
private struct DoubleReader: CandleReader {
    let link: LinkDouble

    var identity: String { "double" }

    private func answer() async throws {
        let state = link.state.withLockedValue { $0 }
        if let fault = state.fault { throw fault }
        if state.hangs { try await ContinuousClock().sleep(for: .seconds(3600)) }
    }

    func glances(now: UnixMilliseconds) async throws -> [SeriesGlance] {
        try await answer()
        return link.state.withLockedValue { $0.glances }
    }
    func tickers() async throws -> [TickerReading] { try await answer(); return [] }
    func candles(of series: StoredSeries, before time: UnixMilliseconds, limit: Int) async throws -> [StoredCandle] {
        []
    }
    func candles(of series: StoredSeries, in range: TimeRange, limit: Int) async throws -> [StoredCandle] { [] }
    func candles(of symbol: Symbol, period: DerivedPeriod, before time: UnixMilliseconds, limit: Int) async throws
        -> [StoredCandle]
    { [] }
    func closes(of series: StoredSeries, before times: [UnixMilliseconds], age: Duration) async throws -> [Double?] {
        []
    }
    func total(of series: StoredSeries, in range: TimeRange) async throws -> CandleTotal? { nil }
    func coverage(of series: StoredSeries, in range: TimeRange) async throws -> IntervalSet { IntervalSet() }
    func presence(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Bool] { [] }
    func counts(of series: StoredSeries, in ranges: [TimeRange]) async throws -> [Int] { [] }
    func gaps(now: UnixMilliseconds) async throws -> [Gap] { [] }
    func hostStatuses() async throws -> [PublishedStatus] { [] }

    func change(within limit: Duration) async throws -> Bool {
        if let fault = link.state.withLockedValue({ $0.fault }) { throw fault }
        if link.take() { return true }
        try await ContinuousClock().sleep(for: limit)
        return link.take()
    }

    func close() async { link.set { $0.closed += 1 } }
}

extension LinkDouble {
    fileprivate func take() -> Bool {
        state.withLockedValue { state in
            defer { state.hasChanged = false }
            return state.hasChanged
        }
    }
}
