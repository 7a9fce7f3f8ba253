package import Candles
import NIOConcurrencyHelpers
import Resilience
import Storage

/// Keeps series up to date: provisional rows from the WebSocket within milliseconds, final ones by REST within minutes.
///
/// The WebSocket proves nothing. What it brings is provisional until a REST reading agrees, so that whatever is lost, late or
/// sent twice on it is put right by the next reading; a channel that was interrupted is read first.
package struct CandleStream<C: Clock>: Sendable where C.Duration == Duration {
    private let series: [Series]
    private let parts: StreamParts<C>
    private let exchange: BitfinexREST<C>
    private let backfill: Backfill<C>
    private let lookbackDays: Int
    private let isStopping: @Sendable () -> Bool
    private let book: LiveBook<C>
    private let settleQueue: NIOLockedValueBox<SettleQueue>

    /// Makes a stream of `series`; one that was never stored begins `lookbackDays` back.
    ///
    /// `isStopping` is asked every second; once true, what waits is stored and `run` returns.
    package init(
        _ series: [Series], parts: StreamParts<C>, exchange: BitfinexREST<C>, backfill: Backfill<C>,
        requestsPerMinute: Int, lookbackDays: Int, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.series = series
        self.parts = parts
        self.exchange = exchange
        self.backfill = backfill
        self.lookbackDays = lookbackDays
        self.isStopping = isStopping
        book = LiveBook(store: backfill.store, clock: parts.clock, emit: parts.emit)
        settleQueue = NIOLockedValueBox(SettleQueue(series, requestsPerMinute: requestsPerMinute))
    }

    /// Streams until it is told to stop or the task is cancelled.
    ///
    /// - Throws: `StorageFault`, `PostgresFault`, `JournalFault` where trying again cannot help.
    package func run() async throws {
        try await backfill.store.claim(exchange: exchange.address)
        try await recall()
        let sockets = sockets
        let outcome: Result<Void, any Error>
        do {
            try await listen(sockets)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await book.flush()
        if case .failure(let error) = outcome { throw error }
    }

    private func listen(_ sockets: [StreamSocket<C>]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for socket in sockets { group.addTask { try await socket.run() } }
            group.addTask { try await self.book.write() }
            group.addTask { try await self.settle() }
            group.addTask { try await self.watchTickers(sockets) }
            group.addTask { try await self.beat(sockets) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private var sockets: [StreamSocket<C>] {
        let width = parts.limits.channelsPerSocket
        return stride(from: 0, to: series.count, by: width).enumerated().map { number, start in
            StreamSocket(
                number: number + 1, series: Array(series[start..<min(start + width, series.count)]), parts: parts,
                book: book, settleQueue: settleQueue)
        }
    }

    /// What the database knows already need not wait for a reading.
    private func recall() async throws {
        for series in series {
            guard let stored = try await backfill.store.find(series) else { continue }
            await book.settled(series, as: stored, to: try await settledTo(stored))
        }
    }

    private func settledTo(_ stored: StoredSeries) async throws -> UnixMilliseconds {
        try await backfill.store.coverage(of: stored).ranges.last?.end ?? stored.wantedFrom
    }

    // MARK: The loops

    /// Reads the series by REST, the oldest reading first.
    private func settle() async throws {
        while true {
            guard let next = settleQueue.withLockedValue({ $0.next(at: parts.now()) }) else {
                try await pause(.seconds(1))
                continue
            }
            do {
                let servedAt = settleQueue.withLockedValue { $0.readAt(next) }
                try await exchange.takingTurn(servedAt: servedAt) { try await self.settleNext() }
            } catch let fault as any Fault where fault.disposition != .permanent || fault.comesFromTheExchange {
                parts.emit(.settleFailed(next, fault))
                try await pause(.seconds(5))
            }
        }
    }

    /// Chooses when the turn has come, which may be minutes after it was asked for.
    private func settleNext() async throws {
        guard let next = settleQueue.withLockedValue({ $0.next(at: parts.now()) }) else { return }
        let startedAt = parts.now()
        do {
            let boundary = next.timeframe.settledBoundary(at: startedAt)
            let report = try await backfill.run(
                .realtime(next, elseDaysBack: lookbackDays), newestSeen: await book.newestSeen(next, before: boundary))
            settleQueue.withLockedValue { $0.wasRead(next, at: startedAt, succeeded: report.unknown == 0) }
            if let stored = try await backfill.store.find(next) {
                await book.settled(next, as: stored, to: try await settledTo(stored))
            }
            parts.emit(.settled(report))
            if let fault = report.fault, fault.concernsEveryRequest { throw fault }
        } catch let fault as BitfinexFault {
            settleQueue.withLockedValue { $0.wasRead(next, at: startedAt, succeeded: false) }
            parts.emit(.settleFailed(next, fault))
        }
    }

    /// Reads all prices once a minute, and asks anew for channels that missed a change.
    private func watchTickers(_ sockets: [StreamSocket<C>]) async throws {
        var feed = StaleFeed()
        while true {
            do {
                let tickers = try await exchange.tickers()
                let now = parts.now()
                try await backfill.store.store(tickers: tickers, at: now)
                for stale in feed.read(tickers, at: now, updatedAt: await book.updatedAt) {
                    settleQueue.withLockedValue { $0.stitch(stale) }
                    for socket in sockets { await socket.resubscribe(stale, because: .stale) }
                }
            } catch let fault as any Fault where fault.disposition != .permanent || fault.comesFromTheExchange {
                parts.emit(.tickersFailed(fault))
            }
            try await pause(.seconds(60))
        }
    }

    /// Says every second that all loops are alive, and returns once the stream should stop.
    private func beat(_ sockets: [StreamSocket<C>]) async throws {
        while !isStopping() {
            for socket in sockets { await socket.beat() }
            let oldest = settleQueue.withLockedValue { $0.oldestReadAt }
            parts.emit(
                .beat(
                    StreamStatus(
                        series: series.count, live: await book.liveCount,
                        oldestReading: oldest == .min ? nil : .milliseconds(parts.now() - oldest))))
            try await pause(.seconds(1))
        }
    }

    private func pause(_ duration: Duration) async throws {
        try await parts.clock.sleep(until: parts.clock.now.advanced(by: duration), tolerance: nil)
    }
}
