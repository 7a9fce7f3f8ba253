import Candles

/// What is certain about a page of bars.
struct BarProof: Sendable, Equatable {
    /// Bars that open before this are final, but for those that `unknown` touches.
    let finalThrough: UnixMilliseconds
    /// Of which nothing is proven.
    ///
    /// Bars that may still change because they are the newest are not in it.
    let unknown: IntervalSet

    /// `coverage` is that of the source in the page's range, and `provenTo` where all of its coverage ends.
    init(
        _ page: BarPage, coverage: IntervalSet, provenTo: UnixMilliseconds?, firstOpen: UnixMilliseconds?,
        length: BarLength
    ) {
        let newest = max(provenTo ?? .min, coverage.ranges.last?.end ?? .min)
        let final = newest == .min ? page.range.start : length.floor(newest)
        finalThrough = min(max(final, page.range.start), page.range.end)
        var settled = coverage
        // Before the first candle of all, nobody traded.
        if let firstOpen { settled.insert(TimeRange(page.range.start, firstOpen)) }
        for bar in page.bars.reversed() {
            if bar.openTime < finalThrough { break }
            settled.insert(TimeRange(bar.openTime, length.end(bar.openTime)))
        }
        unknown = IntervalSet([page.range]).subtracting(settled)
    }
}
