package import Candles
package import Storage

/// The exchange's own bars beside those that our candles fold to.
package struct BarComparison: Sendable, Equatable {
    /// Bars that either side has.
    package private(set) var compared = 0
    package private(set) var differing: [BarDifference] = []
    /// Ours, where the exchange says the same.
    package private(set) var agreeing: [FoldedBar] = []

    /// Compares bars inside `bars`; both lists are ascending.
    package init(exchange: [Candle], folded: [FoldedBar], in bars: IntervalSet, timeframe: Timeframe) {
        var theirs = exchange[...]
        var ours = folded[...]
        while let time = [theirs.first?.openTime, ours.first?.candle.openTime].compactMap(\.self).min() {
            let coarse = theirs.first?.openTime == time ? theirs.removeFirst() : nil
            let bar = ours.first?.candle.openTime == time ? ours.removeFirst() : nil
            if bars.contains(time) { compare(coarse, bar, timeframe) }
        }
    }

    private mutating func compare(_ coarse: Candle?, _ bar: FoldedBar?, _ timeframe: Timeframe) {
        compared += 1
        if let coarse, let bar, coarse.agrees(with: bar.candle) {
            agreeing.append(bar)
        } else {
            differing.append(BarDifference(timeframe: timeframe, coarse: coarse, folded: bar?.candle))
        }
    }
}

/// A bar of which the exchange's own form and our folded one differ; at least one of them is there.
package struct BarDifference: Sendable, Equatable {
    package let timeframe: Timeframe
    package let coarse: Candle?
    package let folded: Candle?

    package var openTime: UnixMilliseconds { coarse?.openTime ?? folded?.openTime ?? 0 }
    package var range: TimeRange { TimeRange(openTime, openTime + timeframe.milliseconds) }

    /// The same bar with what it folds to now; nil where both sides agree.
    func refolded(_ folded: Candle?) -> BarDifference? {
        if let coarse, let folded, coarse.agrees(with: folded) { return nil }
        if coarse == nil, folded == nil { return nil }
        return BarDifference(timeframe: timeframe, coarse: coarse, folded: folded)
    }

    package var disagreement: Disagreement {
        Disagreement(timeframe: timeframe, openTime: openTime, coarse: coarse, folded: folded)
    }
}
