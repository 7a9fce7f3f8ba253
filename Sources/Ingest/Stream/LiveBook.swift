import Candles
import Resilience
import Storage

/// Collects the newest candles of all channels, and stores them as provisional rows: all that wait, in one transaction.
actor LiveBook<C: Clock> where C.Duration == Duration {
    private let store: any CandleStore
    private let clock: C
    private let emit: @Sendable (StreamEvent) -> Void
    private var pages: [Series: LivePage] = [:]
    private var waitingSince: C.Instant?
    private var storingSince: C.Instant?
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    init(store: any CandleStore, clock: C, emit: @escaping @Sendable (StreamEvent) -> Void) {
        self.store = store
        self.clock = clock
        self.emit = emit
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Rows of a channel, ascending, that came at `moment`.
    func take(_ rows: [Candle], of series: Series, at now: UnixMilliseconds, since moment: C.Instant) {
        var page = pages[series] ?? LivePage()
        page.updatedAt = now
        for row in rows { page.take(row, of: series.timeframe, at: now) }
        pages[series] = page
        if page.rowsToStore.isEmpty { return }
        if waitingSince == nil { waitingSince = moment }
        wake.yield()
    }

    func live(_ series: Series, at now: UnixMilliseconds) { pages[series, default: LivePage()].liveSince = now }

    /// What the channel said before no longer tells what it did not say; false where it was not live.
    func lost(_ series: Series) -> Bool {
        let wasLive = pages[series]?.liveSince != nil
        pages[series]?.forgetWhatWasSeen()
        return wasLive
    }

    /// The series was read by REST, and everything before `time` is final.
    func settled(_ series: Series, as stored: StoredSeries, to time: UnixMilliseconds) {
        var page = pages[series] ?? LivePage()
        page.settle(as: stored, to: time)
        pages[series] = page
        if page.rowsToStore.isEmpty { return }
        if waitingSince == nil { waitingSince = clock.now }
        wake.yield()
    }

    /// The newest candle before `boundary` that a live channel knows; nil where the channel cannot tell.
    func newestSeen(_ series: Series, before boundary: UnixMilliseconds) -> UnixMilliseconds? {
        guard let page = pages[series], page.liveSince != nil else { return nil }
        return page.newest.last { $0.openTime < boundary }?.openTime
    }

    var updatedAt: [Series: UnixMilliseconds] {
        pages.compactMapValues { page in page.liveSince.map { max($0, page.updatedAt ?? .min) } }
    }

    var liveCount: Int { pages.values.count { $0.liveSince != nil } }

    /// Stores what waits, as it comes, until the task is cancelled.
    ///
    /// - Throws: A `Fault` that trying again cannot mend.
    func write() async throws {
        for await _ in wakes {
            while let since = waitingSince {
                let batch = takeBatch()
                storingSince = clock.now
                defer { storingSince = nil }
                do {
                    let rows = try await store.store(provisional: batch)
                    emit(.committed(rows: rows, latency: since.duration(to: clock.now)))
                } catch {
                    putBack(batch, since)
                    guard let fault = error as? any Fault, fault.disposition != .permanent else { throw error }
                    emit(.storeFailed(fault))
                    try await clock.sleep(until: clock.now.advanced(by: .seconds(5)), tolerance: nil)
                }
            }
        }
        try Task.checkCancellation()
    }

    /// Whether the database has kept the writer waiting for longer than any transaction may take.
    var isStuck: Bool { storingSince.map { $0.duration(to: clock.now) > .seconds(120) } ?? false }

    /// Stores what still waits, once: the stream ends.
    func flush() async throws {
        let batch = takeBatch()
        if !batch.isEmpty { _ = try await store.store(provisional: batch) }
    }

    private func takeBatch() -> [ProvisionalRows] {
        waitingSince = nil
        var batch: [ProvisionalRows] = []
        for (series, page) in pages {
            guard let stored = page.stored, !page.rowsToStore.isEmpty else { continue }
            batch.append(ProvisionalRows(series: stored, candles: page.rowsToStore))
            pages[series]?.clearPending()
        }
        return batch.sorted { $0.series.id < $1.series.id }
    }

    private func putBack(_ batch: [ProvisionalRows], _ since: C.Instant) {
        for part in batch {
            for row in part.candles { pages[part.series.series]?.putBack(row) }
        }
        waitingSince = since
        wake.yield()
    }
}
