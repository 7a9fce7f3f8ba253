package import Candles

/// Decides which series is read by REST next, so that its newest candles become final.
///
/// Pure. Of those that are due the one goes first whose reading is the oldest; a series that lost its channel is due at once.
/// Times are milliseconds.
package struct SettleQueue: Sendable {
    private struct Entry: Sendable {
        /// When it was read last, or the try failed; `.min` where it never was.
        var readAt: Int64 = .min
        /// The time as of which the last good reading was made.
        var settledAt: Int64 = .min
        var needsStitch = true
    }

    private var entries: [Series: Entry]
    /// How long a series may go without a reading.
    package let interval: Int64

    /// `requestsPerMinute` is the host's budget, 0 for none.
    package init(_ series: [Series], requestsPerMinute: Int) {
        entries = Dictionary(series.map { ($0, Entry()) }) { first, _ in first }
        interval = Self.interval(series.count, requestsPerMinute)
    }

    /// Half of the budget while that keeps candles young; at most 3.5 minutes apart, which makes the newest final candle at
    /// most 6 minutes old; and where the budget is too small for that, 85 % of it.
    private static func interval(_ count: Int, _ requestsPerMinute: Int) -> Int64 {
        let minute = 60_000.0
        if requestsPerMinute == 0 { return Int64(minute) }
        let atHalf = Double(count) * minute / (0.5 * Double(requestsPerMinute))
        let atMost = Double(count) * minute / (0.85 * Double(requestsPerMinute))
        return Int64(max(minute, min(3.5 * minute, atHalf), atMost))
    }

    /// The series to read now, or nil while none is due.
    package func next(at now: Int64) -> Series? {
        entries.filter { isDue($0.key, $0.value, now) }
            .min { a, b in
                (a.value.needsStitch ? 0 : 1, a.value.readAt, a.key) < (
                    b.value.needsStitch ? 0 : 1, b.value.readAt, b.key
                )
            }?.key
    }

    /// When the series was read last.
    package func readAt(_ series: Series) -> Int64 { entries[series]?.readAt ?? .min }

    /// A reading is of use only once another interval has settled.
    private func isDue(_ series: Series, _ entry: Entry, _ now: Int64) -> Bool {
        if entry.readAt == .min || entry.needsStitch { return true }
        if now - entry.readAt < interval { return false }
        let timeframe = series.timeframe
        return entry.settledAt == .min
            || timeframe.settledBoundary(at: now) > timeframe.settledBoundary(at: entry.settledAt)
    }

    /// The series was read, or the try failed: either way its turn is over.
    package mutating func wasRead(_ series: Series, at now: Int64, succeeded: Bool) {
        entries[series]?.readAt = now
        entries[series]?.needsStitch = false
        if succeeded { entries[series]?.settledAt = now }
    }

    /// The channel of the series was interrupted: the time since its last reading is in doubt.
    package mutating func stitch(_ series: Series) { entries[series]?.needsStitch = true }

    /// When the oldest reading was made.
    package var oldestReadAt: Int64 { entries.values.map(\.readAt).min() ?? .max }
}
