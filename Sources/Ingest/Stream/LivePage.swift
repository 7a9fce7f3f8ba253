import Candles
import Storage

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
