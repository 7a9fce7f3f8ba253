package import Candles

/// A stretch in which nothing is known of any series: this host, its network or the exchange was away.
package struct SharedOutage: Sendable, Equatable {
    package let range: TimeRange
    package let series: Int

    package init(range: TimeRange, series: Int) {
        self.range = range
        self.series = series
    }

    /// Shorter ones are what a single late run leaves behind.
    package static let shortest: Int64 = 5 * 60_000

    /// The outages among the gaps of at least two series; `series` are all that the database keeps.
    ///
    /// Only those of the finest timeframe are compared: an outage of minutes leaves no gap in hours.
    package static func among(_ gaps: [Gap], of series: Set<Series>) -> [SharedOutage] {
        let finest = series.map(\.timeframe).min()
        let series = series.filter { $0.timeframe == finest }
        let gaps = gaps.filter { $0.series.timeframe == finest }
        guard series.count > 1 else { return [] }
        let unknown = Dictionary(grouping: gaps, by: \.series).mapValues { IntervalSet($0.map(\.range)) }
        guard unknown.count == series.count, let first = unknown.values.first else { return [] }
        var common = first
        for other in unknown.values.dropFirst() { common = common.subtracting(common.subtracting(other)) }
        return common.ranges.filter { $0.milliseconds >= shortest }.map {
            SharedOutage(range: $0, series: series.count)
        }
    }
}
