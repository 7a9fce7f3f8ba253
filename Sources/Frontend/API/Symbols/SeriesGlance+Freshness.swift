import Candles
import Storage

extension SeriesGlance {
    /// Up to here it is known what was traded, and that nothing was; nil where nothing is known.
    func knownThrough(now: UnixMilliseconds) -> UnixMilliseconds? {
        let step = stored.series.timeframe.milliseconds
        let traded = newest.last.map { newest in
            let end = newest.candle.openTime + step
            return newest.final ? end : min(end, max(now, newest.candle.openTime))
        }
        return [provenTo, traded].compactMap(\.self).max()
    }

    func freshness(now: UnixMilliseconds) -> Freshness {
        Freshness(knownThrough: knownThrough(now: now), of: stored.series.timeframe, now: now)
    }
}
