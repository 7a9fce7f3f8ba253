import Candles
import Storage

/// Knows where a series begins: nothing before that is asked for, so that it needs a proof like any other absence.
extension Backfill {
    /// The series as it is kept, with its first candle as far as the exchange tells it; nil where it is not kept yet.
    ///
    /// A first candle that nobody proved, as earlier versions kept it, is asked about once.
    func findWithBeginning(_ series: Series) async throws -> StoredSeries? {
        guard let stored = try await store.find(series) else { return nil }
        guard let first = stored.firstOpen, stored.firstProvenAt == nil else { return stored }
        let times = try await exchange.newestTimes(of: series, atOrBefore: first)
        if times == [first] {
            try await store.setFirstOpen(first, provenAt: now(), of: stored)
            return try await store.find(series)
        }
        // Nothing at all proves nothing: the series may be gone, which its own witness tells.
        if times.isEmpty { return stored }
        guard let found = try await exchange.firstCandle(of: series) else { return stored }
        return try await move(stored, from: first, to: found)
    }

    /// Notes another first candle, which was proven; what lies between becomes unknown, or gives way.
    func move(
        _ stored: StoredSeries, from old: UnixMilliseconds, to new: UnixMilliseconds
    ) async throws -> StoredSeries {
        let series = stored.series
        if new > old {
            let range = TimeRange(old, new)
            let kept = try await keptTimes(of: stored, in: range)
            if kept.count > Self.mostWithdrawn { return stored }
            let known = try await store.coverage(of: stored).intersection(range).ranges
            _ = try await store.store(
                ProvenPage(candles: [], proven: known, checkedAt: now(), isCorrection: true), of: stored)
            if !kept.isEmpty { emit(.warned(.withdrawn(series, kept))) }
        } else {
            emit(.warned(.beginning(series, was: old, is: new)))
        }
        try await store.setFirstOpen(new, provenAt: now(), of: stored)
        // Who wanted it from its first candle on wants it from there.
        if new < old, stored.wantedFrom == old { return try await store.track(series, from: new) }
        return try await store.find(series) ?? stored
    }

    /// The open times of what is kept as final, as far as one withdrawal may reach and one more.
    func keptTimes(of stored: StoredSeries, in range: TimeRange) async throws -> [UnixMilliseconds] {
        if range.isEmpty { return [] }
        return try await store.candles(of: stored, in: range, limit: Self.mostWithdrawn + 1)
            .filter(\.final).map(\.candle.openTime)
    }

    /// So many candles at most give way by themselves: a day of minutes.
    ///
    /// More than that is for a person and an audit.
    static var mostWithdrawn: Int { 1_440 }
}
