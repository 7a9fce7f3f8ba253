import Candles

extension DerivedPeriod {
    /// Where the days end that make up the newest candle that opened before `time`.
    func end(before time: UnixMilliseconds) -> UnixMilliseconds { stretch(containing: time - 1).end }

    /// So many days hold at least `limit` candles.
    func days(for limit: Int) -> Int { min(limit, 1_000_000) * mostDays }

    /// The newest `limit` candles of these days, oldest first, as the view `derived_candles` has them.
    ///
    /// A candle is final once every day of it is, and its whole stretch, from `seriesStart` on, is proven. `days` ascend, and are
    /// at least `days(for: limit)`, or all that there are.
    func fold(
        _ days: [StoredCandle], proven: IntervalSet, seriesStart: UnixMilliseconds?, limit: Int
    ) -> [StoredCandle] {
        var folded: [(stretch: TimeRange, candle: StoredCandle)] = []
        for day in days {
            if let last = folded.last, last.stretch.contains(day.candle.openTime) {
                folded[folded.count - 1].candle = last.candle.followed(by: day)
            } else {
                let stretch = stretch(containing: day.candle.openTime)
                folded.append((stretch, day.opening(at: stretch.start)))
            }
        }
        return folded.suffix(limit).map { stretch, candle in
            let wanted = TimeRange(max(stretch.start, seriesStart ?? stretch.start), stretch.end)
            let isProven = proven.ranges.contains { $0.start <= wanted.start && wanted.end <= $0.end }
            return StoredCandle(candle: candle.candle, final: candle.final && isProven)
        }
    }
}

extension StoredCandle {
    fileprivate func opening(at time: UnixMilliseconds) -> StoredCandle {
        StoredCandle(
            candle: Candle(
                openTime: time, open: candle.open, high: candle.high, low: candle.low, close: candle.close,
                volume: candle.volume), final: final)
    }

    fileprivate func followed(by next: StoredCandle) -> StoredCandle {
        StoredCandle(
            candle: Candle(
                openTime: candle.openTime, open: candle.open, high: max(candle.high, next.candle.high),
                low: min(candle.low, next.candle.low), close: next.candle.close,
                volume: candle.volume + next.candle.volume), final: final && next.final)
    }
}
