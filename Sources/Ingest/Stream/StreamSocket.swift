package import Candles
package import Foundation
package import Journal
import NIOConcurrencyHelpers
import Resilience
package import Transport

/// One WebSocket connection with its channels, opened again for as long as its task lives.
actor StreamSocket<C: Clock> where C.Duration == Duration {
    private let number: Int
    private let series: [Series]
    private let parts: StreamParts<C>
    private let book: LiveBook<C>
    private let settleQueue: NIOLockedValueBox<ReadQueue>
    private var session: StreamSession
    private var connection: WebSocketConnection?
    /// Where this socket's time begins: sessions measure silence, which a wall clock that is set would lengthen or hide.
    private let epoch: C.Instant
    /// When its loop was last seen to go on.
    private var turnedAt: C.Instant
    /// Failed connections in a row.
    private var failures = 0

    init(
        number: Int, series: [Series], parts: StreamParts<C>, book: LiveBook<C>,
        settleQueue: NIOLockedValueBox<ReadQueue>
    ) {
        self.number = number
        self.series = series
        self.parts = parts
        self.book = book
        self.settleQueue = settleQueue
        epoch = parts.clock.now
        turnedAt = epoch
        session = StreamSession(series, limits: parts.limits, at: 0)
    }

    private var elapsed: Int64 { epoch.duration(to: parts.clock.now).milliseconds }

    /// Connects and listens until the task is cancelled.
    ///
    /// - Throws: `JournalFault`, `CancellationError`.
    func run() async throws {
        while true {
            turnedAt = parts.clock.now
            let reason = try await connectOnce()
            try Task.checkCancellation()
            connection = nil
            for series in series { await lose(series, .connection) }
            let delay = reconnectDelay()
            parts.emit(.disconnected(socket: number, reason: reason, retryAfter: delay))
            try await parts.clock.sleep(until: parts.clock.now.advanced(by: delay), tolerance: nil)
        }
    }

    /// Asks for a channel anew.
    func resubscribe(_ series: Series, because loss: ChannelLoss) async {
        guard let connection else { return }
        // A connection that cannot take it ends by itself, and all is asked anew.
        try? await perform(session.resubscribe(series, because: loss, at: elapsed), connection)
    }

    /// Whether its loop has not gone on for longer than a wait for a connection may take.
    var isStuck: Bool { turnedAt.duration(to: parts.clock.now) > Self.patience + .seconds(120) }

    private static var patience: Duration { .seconds(600) }

    /// 1 to 5 s at first, then 1.6 times as much for each failure in a row, up to a minute.
    private func reconnectDelay() -> Duration {
        let ceiling = min(60, 5 * pow(1.6, Double(failures)))
        failures += 1
        return .milliseconds(Int64(Double.random(in: 0.2...1) * ceiling * 1000))
    }

    /// Opens one connection and listens to its end; says why it ended.
    private func connectOnce() async throws -> String {
        let permit: RequestPermit
        do {
            permit = try await parts.connections.acquire(
                endpoint: "websocket", priority: .realtime, patience: Self.patience)
        } catch let fault as BudgetFault {
            return "\(fault)"
        }
        let isOpen = NIOLockedValueBox(false)
        do {
            let deadline = Duration.milliseconds(parts.limits.handshake)
            try await parts.connector.withConnection(to: parts.url, deadline: deadline) { connection in
                isOpen.withLockedValue { $0 = true }
                try await self.parts.connections.finish(permit, .answered)
                try await self.converse(connection)
            }
            return "the exchange ended the connection"
        } catch {
            if !isOpen.withLockedValue({ $0 }) || error as? SessionEnd == .rateLimited {
                try await parts.connections.finish(permit, Self.outcome(of: error))
            }
            if error is JournalFault { throw error }
            return "\(error)"
        }
    }

    /// A handshake that is refused with 429 bans this address for a while.
    private static func outcome(of error: any Error) -> RequestOutcome {
        if case .refused(_, 429, let wait)? = error as? WebSocketFault { return .rateLimited(retryAfter: wait) }
        // The permit is given back a second time: the connection was open, and then refused.
        if error as? SessionEnd == .rateLimited { return .rateLimited(retryAfter: nil) }
        return .failed
    }

    private func converse(_ connection: WebSocketConnection) async throws {
        session = StreamSession(series, limits: parts.limits, at: elapsed)
        self.connection = connection
        parts.emit(.connected(socket: number, channels: series.count))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await message in connection.messages { try await self.hear(message, connection) } }
            group.addTask { try await self.attend(connection) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func hear(_ message: [UInt8], _ connection: WebSocketConnection) async throws {
        try await perform(session.receive(StreamFrame(message), at: elapsed), connection)
    }

    private func attend(_ connection: WebSocketConnection) async throws {
        while true {
            try await parts.clock.sleep(until: parts.clock.now.advanced(by: .seconds(1)), tolerance: nil)
            turnedAt = parts.clock.now
            try await perform(session.tick(at: elapsed), connection)
        }
    }

    private func perform(_ actions: [StreamSession.Action], _ connection: WebSocketConnection) async throws {
        let moment = parts.clock.now
        for action in actions {
            switch action {
            case .send(let text): try await connection.send(text)
            case .deliver(let series, let rows): await book.take(rows, of: series, at: parts.now(), since: moment)
            case .live(let series):
                failures = 0
                await book.live(series, at: parts.now())
                settleQueue.withLockedValue { $0.hold(until: .min) }
                parts.emit(.live(series))
            case .lost(let series, let loss): await lose(series, loss)
            case .end(let end): throw end
            }
        }
    }

    private func lose(_ series: Series, _ loss: ChannelLoss) async {
        guard await book.lost(series) || loss != .connection else { return }
        settleQueue.withLockedValue { queue in
            queue.markInterrupted(series, at: parts.now())
            if loss == .maintenance { queue.hold(until: parts.now() + parts.limits.maintenance) }
        }
        parts.emit(.lost(series, loss))
    }
}

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
