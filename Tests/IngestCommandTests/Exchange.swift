import BitfinexReplay
import Candles
import Foundation
import Logging
import NIOConcurrencyHelpers

/// The offline exchange inside the test process: scripted, counted, and with a hook on every request.
struct Exchange: Sendable {
    let server: ReplayServer
    let url: String

    /// Told the number of each request, from 1, before it is answered.
    typealias Hook = @Sendable (Int) async throws -> Void

    static func run<T: Sendable>(
        _ market: ReplayMarket, settings: ReplaySettings = .init(), onRequest: @escaping Hook = { _ in },
        _ body: @escaping @Sendable (Exchange) async throws -> T
    ) async throws -> T {
        let count = NIOLockedValueBox(0)
        var settings = settings
        // A latency of any length makes the server wait, and waiting is the hook.
        if settings.latency == .zero { settings.latency = .milliseconds(1) }
        let latency = settings.latency
        let clock = ContinuousClock()
        let server = ReplayServer(
            market, settings: settings,
            clock: ReplayClock(
                now: { UnixMilliseconds(Date().timeIntervalSince1970 * 1000) },
                sleep: { duration in
                    guard duration == latency else { return try await clock.sleep(for: duration) }
                    try await onRequest(
                        count.withLockedValue { count in
                            count += 1
                            return count
                        })
                }),
            logger: Logger(label: "exchange", factory: { _ in SwiftLogNoOpLogHandler() }))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await server.run { port.yield($0) }
                return nil
            }
            group.addTask {
                for await number in ports {
                    return try await body(Exchange(server: server, url: "http://127.0.0.1:\(number)"))
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    var statistics: ReplayStatistics { server.statistics }
}

/// Markets that several tests read; made once.
enum Markets {
    /// Three pages of candles of 2024, of which a few minutes are quiet.
    static let threePages = ReplayMarket(
        RandomWalk(
            .init(
                symbols: ["BTCUSD", "ETHUSD"].compactMap { try? Symbol($0) }, range: range(minutes: 30_000), seed: 11,
                quiet: 0.03)))

    static func range(minutes: Int64) -> TimeRange {
        let start: UnixMilliseconds = 1_704_067_200_000  // 2024-01-01
        return TimeRange(start, start + minutes * 60_000)
    }

    /// Its own rows of a series, as the exchange would print them.
    static func times(_ market: ReplayMarket, _ series: Series) throws -> [UnixMilliseconds] {
        guard let rows = try market.visible(series, at: .max / 4) else { return [] }
        return (0..<rows.count).map { rows.time(at: $0) }
    }
}
