package import Candles
import Journal
import NIOConcurrencyHelpers
import Resilience
package import Storage

/// Keeps series up to date: provisional rows from the WebSocket within milliseconds, final ones by REST within minutes.
///
/// The WebSocket proves nothing. What it brings is provisional until a REST reading agrees, so that whatever is lost, late or
/// sent twice on it is put right by the next reading; a channel that was interrupted is read first.
package struct CandleStream<C: Clock>: Sendable where C.Duration == Duration {
    private let series: [Series]
    private let parts: StreamParts<C>
    private let exchange: BitfinexREST<C>
    private let backfill: Backfill<C>
    private let tickers: any TickerBoard
    private let lookbackDays: Int
    private let isStopping: @Sendable () -> Bool
    private let book: LiveBook<C>
    private let settleQueue: NIOLockedValueBox<ReadQueue>
    /// When the settling loop was last seen to go on.
    private let settledAt: NIOLockedValueBox<C.Instant>

    /// Makes a stream of `series`; one that was never stored begins `lookbackDays` back.
    ///
    /// `isStopping` is asked every second; once true, what waits is stored and `run` returns.
    package init(
        _ series: [Series], parts: StreamParts<C>, exchange: BitfinexREST<C>, backfill: Backfill<C>,
        tickers: any TickerBoard, requestsPerMinute: Int, lookbackDays: Int, isStopping: @escaping @Sendable () -> Bool
    ) {
        self.series = series
        self.parts = parts
        self.exchange = exchange
        self.backfill = backfill
        self.tickers = tickers
        self.lookbackDays = lookbackDays
        self.isStopping = isStopping
        book = LiveBook(store: backfill.store, clock: parts.clock, emit: parts.emit)
        settleQueue = NIOLockedValueBox(ReadQueue(series, requestsPerMinute: requestsPerMinute))
        settledAt = NIOLockedValueBox(parts.clock.now)
    }

    /// Streams until it is told to stop or the task is cancelled.
    ///
    /// - Throws: `StorageFault`, `PostgresFault`, `JournalFault` where trying again cannot help.
    package func run() async throws {
        try await backfill.store.bind(to: exchange.address)
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
            group.addTask { try await self.watchDatabase() }
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
            let settled = try await settledTo(stored)
            await book.settled(series, as: stored, to: settled)
            settleQueue.withLockedValue { $0.recall(series, settledTo: settled) }
        }
    }

    private func settledTo(_ stored: StoredSeries) async throws -> UnixMilliseconds {
        try await backfill.store.coverage(of: stored).ranges.last?.end ?? stored.wantedFrom
    }

    // MARK: The loops

    /// Reads the series by REST, the oldest reading first.
    private func settle() async throws {
        while true {
            settledAt.withLockedValue { $0 = parts.clock.now }
            guard let next = settleQueue.withLockedValue({ $0.next(at: parts.now()) }) else {
                try await pause(.seconds(1))
                continue
            }
            do {
                let servedAt = settleQueue.withLockedValue { $0.readAt(next) }
                try await exchange.takingTurn(servedAt: servedAt) { try await self.settleNext() }
            } catch let fault as BudgetFault {
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
            let report = try await backfill.run(.realtime(next, elseDaysBack: lookbackDays)) { time in
                await book.newestSeen(next, before: time)
            }
            settleQueue.withLockedValue {
                $0.wasRead(next, at: startedAt, succeeded: report.unknown == 0 || report.goneSince != nil)
            }
            if let stored = try await backfill.store.find(next) {
                await book.settled(next, as: stored, to: try await settledTo(stored))
            }
            parts.emit(.settled(report))
            if let fault = report.fault, fault.concernsEveryRequest { try await pause(.seconds(5)) }
        } catch let fault as any Fault where fault.isSurvivable {
            settleQueue.withLockedValue { $0.wasRead(next, at: startedAt, succeeded: false) }
            parts.emit(.settleFailed(next, fault))
            try await pause(.seconds(5))
        }
    }

    /// Reads all prices once a minute, and asks anew for channels that missed a change.
    private func watchTickers(_ sockets: [StreamSocket<C>]) async throws {
        var feed = StaleFeed()
        while true {
            do {
                let tickers = try await exchange.tickers()
                let now = parts.now()
                try await self.tickers.store(tickers: tickers, at: now)
                for stale in feed.read(tickers, at: now, updatedAt: await book.updatedAt) {
                    for socket in sockets { await socket.resubscribe(stale, because: .stale) }
                }
                parts.emit(.tickers(tickers.count))
            } catch let fault as any Fault where fault.isSurvivable {
                parts.emit(.tickersFailed(fault))
            }
            try await pause(.seconds(60))
        }
    }

    /// Ends the stream where another database took the place of its own, also while there is nothing to store.
    private func watchDatabase() async throws {
        while true {
            try await pause(.seconds(30))
            do {
                try await backfill.store.ensureSame()
            } catch let fault as any Fault where fault.disposition != .permanent {
                // Whoever stores says so, and tries again.
            }
        }
    }

    /// Says every second that all loops go on, as long as they do, and returns once the stream should stop.
    private func beat(_ sockets: [StreamSocket<C>]) async throws {
        while !isStopping() {
            if try await !isStuck(sockets) {
                let oldest = settleQueue.withLockedValue { $0.oldestReadAt }
                let status = StreamStatus(
                    series: series.count, live: await book.liveCount,
                    oldestReading: oldest.map { .milliseconds(parts.now() - $0) })
                parts.emit(.beat(status))
            }
            try await pause(.seconds(1))
        }
    }

    /// Whether a loop has not gone on for longer than it may wait for anything.
    private func isStuck(_ sockets: [StreamSocket<C>]) async throws -> Bool {
        for socket in sockets where await socket.isStuck { return true }
        let settling = settledAt.withLockedValue { $0.duration(to: parts.clock.now) }
        return await book.isStuck || settling > Self.longestSettling
    }

    /// The patience of a request, five times repeated, and then some.
    private static var longestSettling: Duration { .seconds(2 * 3600) }

    private func pause(_ duration: Duration) async throws {
        try await parts.clock.sleep(until: parts.clock.now.advanced(by: duration), tolerance: nil)
    }
}

extension Fault {
    /// Whether the stream goes on after it: time, or whoever is at fault elsewhere, may mend it.
    fileprivate var isSurvivable: Bool { disposition != .permanent || comesFromTheExchange || self is BitfinexFault }
}
