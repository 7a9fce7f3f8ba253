import Candles

/// A series with what is counted of it: its rows of `series` and `series_stats`, and the numbers of its suspects and revisions.
struct SeriesRecord {
    let stored: StoredSeries
    let candles: Int
    let finalCandles: Int
    let covered: Int
    let first: UnixMilliseconds?
    let last: UnixMilliseconds?
    let lastFinal: UnixMilliseconds?
    let suspect: Int
    let revisions: Int

    func overview(at now: UnixMilliseconds, proven: IntervalSet) -> SeriesOverview {
        SeriesOverview(
            series: stored.series, first: first, last: last, lastFinal: lastFinal, count: candles,
            empty: covered - finalCandles,
            unknown: Int(
                stored.unknown(at: now, proven: proven).milliseconds / stored.series.timeframe.milliseconds),
            suspect: suspect, goneSince: stored.goneSince, provenTo: proven.ranges.last?.end)
    }

    func glance(at now: UnixMilliseconds, proven: IntervalSet, newest: [StoredCandle]) -> SeriesGlance {
        SeriesGlance(
            stored: stored, overview: overview(at: now, proven: proven), provenTo: proven.ranges.last?.end,
            newest: newest, revisions: revisions)
    }
}

extension StoredSeries {
    /// What should be known by `now` and is not proven.
    func unknown(at now: UnixMilliseconds, proven: IntervalSet) -> IntervalSet {
        IntervalSet([wanted(at: now, provenTo: proven.ranges.last?.end)]).subtracting(proven)
    }

    func gaps(at now: UnixMilliseconds, proven: IntervalSet) -> [Gap] {
        unknown(at: now, proven: proven).ranges.map { Gap(series: series, range: $0) }
    }
}

extension [Gap] {
    /// By series, oldest first.
    func inOrder() -> [Gap] { sorted { ($0.series, $0.range.start) < ($1.series, $1.range.start) } }
}
