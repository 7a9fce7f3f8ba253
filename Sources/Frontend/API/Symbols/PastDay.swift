import Candles
import Storage

/// The last 24 hours of a symbol by its candles, for where no ticker tells of them.
struct PastDay: Sendable, Equatable {
    /// The price of 24 hours ago.
    var close: Double?
    /// Nil where something in the 24 hours is unknown: a part of a volume is no volume.
    var total: CandleTotal?

    /// Candles that are longer tell too little of 24 hours.
    private static let longest = Timeframe.hour1.milliseconds

    /// `close` is read elsewhere.
    static func total(
        of glance: SeriesGlance, by reader: any CandleReader, now: UnixMilliseconds
    ) async throws -> CandleTotal? {
        let step = glance.stored.series.timeframe.milliseconds
        guard step <= longest, [.live, .delayed].contains(glance.freshness(now: now)), let end = glance.provenTo else {
            return nil
        }
        let start = glance.stored.series.timeframe.floor(now - Timeframe.day1.milliseconds) + step
        let proven =
            start < end ? try await reader.coverage(of: glance.stored, in: TimeRange(start, end)) : IntervalSet()
        guard proven.milliseconds == end - start else { return nil }
        return try await reader.total(of: glance.stored, in: TimeRange(start, now + step))
    }
}
