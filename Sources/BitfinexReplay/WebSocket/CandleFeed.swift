import Candles
import NIOCore

/// What one channel has said of its series, and what it says next.
///
/// As on the exchange: nothing closes a candle; the first three updates of a new interval are each followed by the last state of
/// the interval before, and an interval without a trade is not mentioned.
struct CandleFeed: Sendable {
    static let snapshotRows = 240
    private static let repeatsOfPrevious = 3

    let series: Series
    /// The open time of the newest row said, and its state then.
    private var newest: (time: UnixMilliseconds, text: ByteBuffer)?
    private var repeatsLeft = 0

    init(_ series: Series) { self.series = series }

    /// The newest rows, newest first.
    mutating func snapshot(_ visible: VisibleRows) -> [ByteBuffer] {
        let rows = (max(0, visible.count - CandleFeed.snapshotRows)..<visible.count).reversed().map(visible.row)
        if let text = rows.first { newest = (visible.time(at: visible.count - 1), text) }
        return rows
    }

    /// The updates that are due at `now`, in order; none where the forming row has not changed.
    mutating func updates(_ visible: VisibleRows, at now: UnixMilliseconds) -> [ByteBuffer] {
        let last = visible.count - 1
        guard last >= 0, visible.time(at: last) == series.timeframe.floor(now) else { return [] }
        let (time, text) = (visible.time(at: last), visible.row(at: last))
        if let newest, newest.time == time, newest.text == text { return [] }
        var rows: [ByteBuffer] = []
        if newest?.time != time {
            rows = visible.indices(from: newest?.time, through: time - 1).dropLast().map(visible.row)
            repeatsLeft = CandleFeed.repeatsOfPrevious
        }
        newest = (time, text)
        rows.append(text)
        if repeatsLeft > 0, last > 0 {
            rows.append(visible.row(at: last - 1))
            repeatsLeft -= 1
        }
        return rows
    }
}
