import BitfinexReplay
import Candles
import Foundation
import Ingest
import Journal
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Resilience
import Storage
import TestSupport
import Testing
import Transport

/// An exchange, a host and a stream between them, on one clock that runs faster than a real one.
struct StreamStage: Sendable {
    let series: [Series]
    let clock: ScaledClock
    let market: ReplayMarket
    let server: ReplayServer
    let journal: Journal
    let store: any CandleStore
    /// The recording, of which some hours lie before the stage's beginning.
    let recording: TimeRange
    private let folder: ScratchFolder
    private let requestsPerMinute: Int

    /// 2024-01-10T00:00Z.
    static let beginning: UnixMilliseconds = 1_704_844_800_000

    init(
        symbols: [String], minutes: Int64, speed: Double, seed: UInt64, quiet: Double = 0.3, requestsPerMinute: Int = 0,
        rateLimit: Int? = nil, updateInterval: Duration = .seconds(1), database: DatabaseLocation? = nil
    ) async throws {
        let start = Self.beginning - 6 * 3_600_000
        recording = TimeRange(start, Self.beginning + minutes * 60_000)
        let names = try symbols.map { try Symbol($0) }
        series = names.map { Series(symbol: $0, timeframe: .minute1) }
        market = ReplayMarket(RandomWalk(.init(symbols: names, range: recording, seed: seed, quiet: quiet)))
        try market.load()
        let clock = ScaledClock(speed: speed, startingAt: Self.beginning)
        self.clock = clock
        var settings = ReplaySettings()
        settings.rateLimit = rateLimit
        settings.updateInterval = updateInterval
        server = ReplayServer(
            market, settings: settings,
            clock: ReplayClock(
                now: { clock.milliseconds },
                sleep: { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }),
            logger: Logger(label: "exchange", factory: { _ in SwiftLogNoOpLogHandler() }))
        folder = try ScratchFolder()
        journal = try Journal(folder: folder.url.appending(path: "state"), now: { clock.milliseconds })
        switch database {
        case .postgres(let settings)?: store = try await PostgresCandleStore(settings, clock: ContinuousClock())
        default: store = try SQLiteCandleStore(path: folder.path("candles.db"))
        }
        self.requestsPerMinute = requestsPerMinute
    }

    /// Runs the stream while `body` looks on; `body` is given the exchange's address and the stream's events.
    func run<T: Sendable>(
        _ body: @escaping @Sendable (AsyncStream<StreamEvent>) async throws -> T
    ) async throws -> T {
        let (events, event) = AsyncStream.makeStream(of: StreamEvent.self)
        let isOver = NIOLockedValueBox(false)
        return try await server.serving { port in
            try await withThrowingTaskGroup(of: T?.self) { group in
                group.addTask {
                    try await self.stream(port: port, isOver, emit: { event.yield($0) }).run()
                    return nil
                }
                group.addTask { try await body(events) }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    guard let result else { throw StreamEnded() }
                    isOver.withLockedValue { $0 = true }
                    // The stream's own end, which stores what waits.
                    _ = try await group.next()
                    return result
                }
                throw CancellationError()
            }
        }
    }

    struct StreamEnded: Error {}

    /// An empty database; where no Postgres is installed, the test is skipped with that reason.
    static func postgres() async throws -> DatabaseLocation {
        if !ScratchPostgres.isEnabled { try Test.cancel("no initdb and postgres; apt-get install postgresql") }
        return try DatabaseLocation(await ScratchPostgres.shared().database())
    }

    private func stream(
        port: Int, _ isOver: NIOLockedValueBox<Bool>, emit: @escaping @Sendable (StreamEvent) -> Void
    ) throws -> CandleStream<ScaledClock> {
        let now: @Sendable () -> UnixMilliseconds = { [clock] in clock.milliseconds }
        func budget(_ host: String) -> SharedBudget<ScaledClock> {
            SharedBudget(journal: journal, host: host, requestsPerMinute: requestsPerMinute, clock: clock)
        }
        let exchange = BitfinexREST(
            base: try #require(URL(string: "http://127.0.0.1:\(port)")), transport: AsyncHTTPTransport(),
            budget: budget("rest"),
            breaker: SharedCircuitBreaker(
                journal: journal, name: "rest", settings: try CircuitBreakerSettings(slowCall: .seconds(20)),
                monotonicNow: now),
            retry: RetryPolicy(attempts: 5, backoff: Backoff(base: .seconds(1), cap: .seconds(8))), clock: clock,
            priority: .realtime, patience: .seconds(900), outage: Patience(limit: .seconds(600)), now: now,
            emit: { _ in })
        let isStopping = { @Sendable in isOver.withLockedValue { $0 } }
        return CandleStream(
            series,
            parts: StreamParts(
                url: try #require(URL(string: "ws://127.0.0.1:\(port)/ws/2")), connector: NIOWebSocketConnector(),
                connections: budget("stream"), clock: clock, now: now, emit: emit),
            exchange: exchange,
            backfill: Backfill(
                exchange: exchange, store: store, windowed: false, now: now, isStopping: isStopping, emit: { _ in }),
            tickers: store, requestsPerMinute: requestsPerMinute, lookbackDays: 1, isStopping: isStopping)
    }

    /// Returns once every interval of the recording is settled for every series, as far as the stream knows.
    func untilSettled(_ events: AsyncStream<StreamEvent>, seen: (StreamEvent) -> Void = { _ in }) async {
        var left = Set(series)
        for await event in events {
            seen(event)
            if case .settled(let report) = event, report.unknown == 0, report.target.end >= recording.end {
                left.remove(report.series)
            }
            if left.isEmpty { return }
        }
    }

    /// The recording's candles of a series.
    func recorded(_ series: Series) throws -> [StoredCandle] {
        guard let rows = try market.visible(series, at: .max / 4) else { return [] }
        let page = rows.text(0..<rows.count).map { String(buffer: $0) }.joined()
        return try CandlePageParser.candles(in: Array("[\(page)]".utf8)).map { StoredCandle(candle: $0, final: true) }
    }

    /// What is kept of a series in the recording's time.
    func kept(_ series: Series) async throws -> Kept { try await Kept(series: series, in: store) }

    /// Whether all that is kept is what was recorded, proven to the recording's end and beyond.
    func checkRows(_ note: Comment) async throws {
        for series in series {
            let kept = try await kept(series)
            #expect(kept.rows == (try recorded(series)), note)
            #expect(IntervalSet([recording]).subtracting(kept.coverage).isEmpty, note)
        }
    }
}
