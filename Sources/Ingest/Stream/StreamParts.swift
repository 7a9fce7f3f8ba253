package import Candles
package import Foundation
package import Journal
package import Transport

/// What the loops of a stream are made of.
package struct StreamParts<C: Clock>: Sendable where C.Duration == Duration {
    /// `wss://…/ws/2`.
    let url: URL
    let connector: any WebSocketConnector
    /// How many connections this host may open a minute.
    let connections: SharedBudget<C>
    let limits: StreamLimits
    let clock: C
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (StreamEvent) -> Void

    package init(
        url: URL, connector: any WebSocketConnector, connections: SharedBudget<C>,
        limits: StreamLimits = StreamLimits(),
        clock: C, now: @escaping @Sendable () -> UnixMilliseconds, emit: @escaping @Sendable (StreamEvent) -> Void
    ) {
        self.url = url
        self.connector = connector
        self.connections = connections
        self.limits = limits
        self.clock = clock
        self.now = now
        self.emit = emit
    }
}
