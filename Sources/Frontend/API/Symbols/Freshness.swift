import Candles
import Storage

/// How far behind a series is.
enum Freshness: String, Encodable, Sendable, CaseIterable {
    case live, delayed, stale, unknown

    /// Live while at most two intervals are not known, delayed while at most four, each with 90 s for the exchange to settle and
    /// for what asks it; unknown where it is told of the future.
    init(knownThrough: UnixMilliseconds?, step: Int64, now: UnixMilliseconds) {
        guard let knownThrough else {
            self = .unknown
            return
        }
        let grace: Int64 = 90_000
        let age = now - knownThrough
        // A clock is wrong, and nobody knows which.
        if age < -grace {
            self = .unknown
            return
        }
        self = age <= 2 * step + grace ? .live : age <= 4 * step + grace ? .delayed : .stale
    }
}

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
        Freshness(knownThrough: knownThrough(now: now), step: stored.series.timeframe.milliseconds, now: now)
    }
}
