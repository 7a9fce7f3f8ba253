package import Candles

/// Decides which series is read by REST next, so that its newest candles become final.
///
/// Pure. Of those that are due the one goes first whose reading is the oldest; a series whose channel was interrupted counts as
/// one interval older, and is due after a minute. Times are milliseconds.
package struct ReadQueue: Sendable {
    private struct Entry: Sendable {
        /// When it was read last, or the try failed; nil where it never was.
        var readAt: Int64?
        /// The time as of which the last good reading was made.
        var settledAt: Int64?
        /// When this stream last began a good reading; nil where it has not.
        var readWellAt: Int64?
        /// When its channel was interrupted, where no good reading began since.
        var interruptedAt: Int64?
        /// Readings that failed in a row.
        var failures = 0
    }

    private static let minute: Int64 = 60_000

    private var entries: [Series: Entry]
    private var heldUntil = Int64.min
    /// How long a series may go without a reading.
    package let interval: Int64

    /// `requestsPerMinute` is the host's budget, 0 for none.
    package init(_ series: [Series], requestsPerMinute: Int) {
        entries = Dictionary(series.map { ($0, Entry()) }) { first, _ in first }
        interval = Self.interval(series.count, requestsPerMinute)
    }

    /// Half of the budget while that keeps candles young; at most 200 s apart, which makes the newest final candle at most
    /// 6 minutes old; and where the budget is too small for that, 90 % of it.
    private static func interval(_ count: Int, _ requestsPerMinute: Int) -> Int64 {
        let minute = Double(Self.minute)
        let longest = 200_000.0
        if requestsPerMinute == 0 { return Self.minute }
        let atHalf = Double(count) * minute / (0.5 * Double(requestsPerMinute))
        let atMost = Double(count) * minute / (0.9 * Double(requestsPerMinute))
        return Int64(max(minute, min(longest, atHalf), atMost))
    }

    /// The series to read now, or nil while none is due.
    package func next(at now: Int64) -> Series? {
        if now < heldUntil { return nil }
        return entries.filter { isDue($0.key, $0.value, now) }
            .min { a, b in (rank(a.value), a.key) < (rank(b.value), b.key) }?.key
    }

    private func rank(_ entry: Entry) -> Int64 {
        guard let readAt = entry.readAt else { return .min }
        return readAt - (entry.interruptedAt == nil ? 0 : interval)
    }

    /// When the series was read last; 0 where it never was.
    package func readAt(_ series: Series) -> Int64 { entries[series]?.readAt ?? 0 }

    /// A reading is of use only once another interval has settled; a clock that was set back makes all of them due.
    private func isDue(_ series: Series, _ entry: Entry, _ now: Int64) -> Bool {
        guard let readAt = entry.readAt, readAt <= now else { return true }
        let pause = entry.interruptedAt == nil ? interval : Self.minute
        if now - readAt < min(pause << min(entry.failures, 4), max(pause, 10 * Self.minute)) { return false }
        guard let settledAt = entry.settledAt, entry.interruptedAt == nil else { return true }
        return series.timeframe.settledBoundary(at: now) > series.timeframe.settledBoundary(at: settledAt)
    }

    /// The database knows the series up to `time`, from before.
    package mutating func recall(_ series: Series, settledTo time: Int64) {
        entries[series]?.readAt = time
        entries[series]?.settledAt = time
    }

    /// The reading that began at `start` is over; its turn is, too, where it failed.
    package mutating func wasRead(_ series: Series, at start: Int64, succeeded: Bool) {
        guard var entry = entries[series] else { return }
        entry.readAt = start
        entry.failures = succeeded ? 0 : entry.failures + 1
        if succeeded {
            entry.settledAt = start
            entry.readWellAt = start
            if let interruptedAt = entry.interruptedAt, interruptedAt <= start { entry.interruptedAt = nil }
        }
        entries[series] = entry
    }

    /// The channel of the series was interrupted: the time since its last reading is in doubt.
    package mutating func markInterrupted(_ series: Series, at now: Int64) { entries[series]?.interruptedAt = now }

    /// Nothing is read before `time`: the exchange is in maintenance, and what it says then proves nothing.
    package mutating func hold(until time: Int64) { heldUntil = time }

    /// When the oldest good reading was made; nil while this stream has read one series not at all, or in vain.
    package var oldestReadAt: Int64? {
        entries.values.contains { $0.readWellAt == nil } ? nil : entries.values.compactMap(\.readWellAt).min()
    }
}
