import Candles
import Storage

/// Glances of a series of minutes as a stream leaves them.
struct Glances {
    static let start: UnixMilliseconds = 1_700_000_040_000
    static let minute: Int64 = 60_000

    static func bar(_ index: Int64, close: Double = 100, final: Bool = true) -> StoredCandle {
        let candle = Candle(
            openTime: start + index * minute, open: 100, high: max(close, 100), low: min(close, 100), close: close,
            volume: 1.5)
        return StoredCandle(candle: candle, final: final)
    }

    /// Bars 0 to `last`, of which the last one still forms.
    static func glance(
        _ name: String = "BTCUSD", last: Int64, close: Double = 100, count: Int? = nil, empty: Int = 0, id: Int64 = 1,
        lastFinal: Int64? = nil, revisions: Int = 0
    ) throws -> SeriesGlance {
        let series = Series(symbol: try Symbol(name), timeframe: .minute1)
        let final = start + (lastFinal ?? last - 1) * minute
        return SeriesGlance(
            stored: StoredSeries(id: id, series: series, firstOpen: nil, wantedFrom: start),
            overview: SeriesOverview(
                series: series, first: start, last: start + last * minute, lastFinal: final,
                count: count ?? Int(last) + 1, empty: empty, unknown: 0, suspect: 0),
            provenTo: final + minute,
            newest: [bar(last - 1, final: (lastFinal ?? last - 1) >= last - 1), bar(last, close: close, final: false)],
            revisions: revisions)
    }
}
