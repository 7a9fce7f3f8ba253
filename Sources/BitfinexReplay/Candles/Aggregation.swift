import Candles

/// Folds candles into those of a longer timeframe.
enum Aggregation {
    /// Open of the first, close of the last, highest, lowest, volumes summed in order; empty intervals give nothing.
    static func rows(_ base: CandleRows, _ range: Range<Int>, into timeframe: Timeframe) -> CandleRows {
        var result = CandleRows()
        var current: Candle?
        for index in range {
            guard let next = base.candle(at: index) else { continue }
            let start = timeframe.floor(next.openTime)
            if let folded = current, folded.openTime == start {
                current = folded.folding(next)
                continue
            }
            if let done = current { result.append(done.openTime, printed: done.printed.utf8) }
            var opened = next
            opened.openTime = start
            current = opened
        }
        if let done = current { result.append(done.openTime, printed: done.printed.utf8) }
        return result
    }
}

extension Candle {
    fileprivate func folding(_ next: Candle) -> Candle {
        Candle(
            openTime: openTime, open: open, high: max(high, next.high), low: min(low, next.low), close: next.close,
            volume: volume + next.volume)
    }
}
