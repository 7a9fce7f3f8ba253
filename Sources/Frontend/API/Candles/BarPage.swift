import Candles

/// Some bars of a history, and the stretch that they tell of: pages that follow each other share no moment and leave none out.
struct BarPage: Sendable, Equatable {
    let range: TimeRange
    /// Ascending.
    let bars: [Candle]
    let nextBefore: UnixMilliseconds?
    let nextFrom: UnixMilliseconds?

    /// The newest bars before `end`, a boundary.
    ///
    /// `isCut` says that older candles were not read, so that the oldest bar may lack some.
    static func before(
        _ end: UnixMilliseconds, _ bars: [Candle], isCut: Bool, limit: Int, history: TimeRange
    ) -> BarPage {
        let whole = isCut ? bars.dropFirst() : bars[...]
        let page = whole.suffix(limit)
        let isLast = !isCut && page.count == whole.count
        let start = isLast ? history.start : page.first?.openTime ?? history.start
        return BarPage(
            range: TimeRange(min(start, end), end), bars: Array(page), nextBefore: isLast ? nil : start, nextFrom: nil)
    }

    /// The oldest bars from `start`, a boundary, on.
    ///
    /// `isCut` says that newer candles were not read, so that the newest bar may lack some.
    static func from(
        _ start: UnixMilliseconds, _ bars: [Candle], isCut: Bool, limit: Int, history: TimeRange, length: BarLength
    ) -> BarPage {
        let whole = isCut ? bars.dropLast() : bars[...]
        let page = whole.prefix(limit)
        let isLast = !isCut && page.count == whole.count
        let end = isLast ? history.end : page.last.map { length.end($0.openTime) } ?? history.end
        return BarPage(
            range: TimeRange(start, max(start, end)), bars: Array(page), nextBefore: nil, nextFrom: isLast ? nil : end)
    }
}
