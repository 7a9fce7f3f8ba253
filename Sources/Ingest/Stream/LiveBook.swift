import Candles
import Resilience
import Storage

/// Collects the newest candles of all channels, and stores them as provisional rows: all that wait, in one transaction.
actor LiveBook<C: Clock> where C.Duration == Duration {
    private let store: any CandleWriter
    private let clock: C
    private let emit: @Sendable (StreamEvent) -> Void
    private var pages: [Series: LivePage] = [:]
    private var waitingSince: C.Instant?
    private var storingSince: C.Instant?
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    init(store: any CandleWriter, clock: C, emit: @escaping @Sendable (StreamEvent) -> Void) {
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

/// What the channel of one series brought, as far as REST has not said the last word.
struct LivePage: Sendable {
    /// States of newer intervals that a quiet end is compared with.
    private static let remembered = 8
    /// Beyond these the oldest rows that wait are dropped: REST brings them.
    private static let mostPending = 1_000

    /// Rows that wait for the database, by open time.
    private var pending: [UnixMilliseconds: Candle] = [:]
    /// The newest state of the newest intervals, ascending.
    private(set) var newest: [Candle] = []
    /// Nil while the channel is not live.
    var liveSince: UnixMilliseconds?
    var updatedAt: UnixMilliseconds?
    /// Where the database keeps the series; nil until it does.
    private(set) var stored: StoredSeries?
    /// Before this, all is final; nil until the database keeps the series.
    private var settledTo: UnixMilliseconds?

    /// Takes a row if it is newer than what is known of its interval: within one, volume only grows.
    ///
    /// A row off the boundaries, or of an interval that has not begun, is no candle of this series.
    mutating func take(_ row: Candle, of timeframe: Timeframe, at now: UnixMilliseconds) {
        guard timeframe.floor(row.openTime) == row.openTime, row.openTime <= now + timeframe.milliseconds, isNews(row)
        else { return }
        pending[row.openTime] = row
        if pending.count > Self.mostPending, let oldest = pending.keys.min() { pending[oldest] = nil }
        newest.removeAll { $0.openTime == row.openTime }
        newest.insert(row, at: newest.firstIndex { $0.openTime > row.openTime } ?? newest.endIndex)
        if newest.count > Self.remembered { newest.removeFirst() }
    }

    private func isNews(_ row: Candle) -> Bool {
        if let settledTo, row.openTime < settledTo {
            // Not for the database; but a snapshot also tells where the series was quiet since.
            return newest.isEmpty || row.openTime > newest[newest.endIndex - 1].openTime
        }
        guard let known = pending[row.openTime] ?? newest.last(where: { $0.openTime == row.openTime }) else {
            return true
        }
        return row.volume >= known.volume && row != known
    }

    mutating func settle(as stored: StoredSeries, to time: UnixMilliseconds) {
        self.stored = stored
        settledTo = time
        pending = pending.filter { $0.key >= time }
    }

    /// Ascending; empty while the database does not keep the series.
    var rowsToStore: [Candle] {
        guard let settledTo, stored != nil else { return [] }
        return pending.values.filter { $0.openTime >= settledTo }.sorted { $0.openTime < $1.openTime }
    }

    mutating func clearPending() { pending = [:] }

    /// A row that the database did not take waits again, unless a newer state of it does.
    mutating func putBack(_ row: Candle) { if pending[row.openTime] == nil { pending[row.openTime] = row } }

    /// What a channel said before it was interrupted no longer tells what it did not say.
    mutating func forgetWhatWasSeen() {
        liveSince = nil
        newest = []
    }
}
