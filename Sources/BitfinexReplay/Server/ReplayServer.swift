import Hummingbird
import HummingbirdCore
package import Logging
import NIOConcurrencyHelpers

/// Bitfinex's public API, offline: REST, and the WebSocket at `/ws/2` on the same port.
///
/// Faults, counts and blocks are those of `POST /__fault`, `GET /__stats` and `POST /__reset`.
package struct ReplayServer: Sendable {
    private let market: ReplayMarket
    private let settings: ReplaySettings
    private let clock: ReplayClock
    private let logger: Logger
    private let state = NIOLockedValueBox(ReplayState())

    package init(_ market: ReplayMarket, settings: ReplaySettings = .init(), clock: ReplayClock, logger: Logger) {
        self.market = market
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    package var statistics: ReplayStatistics { state.withLockedValue { $0.statistics } }

    package func script(_ fault: ScriptedFault) { state.withLockedValue { $0.faults.add(fault) } }

    /// Forgets counts, faults and blocks.
    package func reset() { state.withLockedValue { $0.reset() } }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onListening: Gets the port, once connections are taken.
    /// - Throws: `ReplayFault.cannotBind`, or `CancellationError`.
    package func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        let isListening = NIOLockedValueBox(false)
        let endpoint = WebSocketEndpoint(market: market, settings: settings, clock: clock, state: state)
        let application = Application(
            responder: ReplayResponder(market: market, settings: settings, clock: clock, state: state),
            server: HTTPServerBuilder { UpgradableChannel(responder: $0, endpoint: endpoint) },
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in
                isListening.withLockedValue { $0 = true }
                await onListening(channel.localAddress?.port ?? 0)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error where !(error is CancellationError) && !isListening.withLockedValue({ $0 }) {
            throw ReplayFault.cannotBind(host: settings.host, port: settings.port, reason: "\(error)")
        }
    }
}
