import Candles
import Storage

/// Finds what is asked for again although the exchange once said that it is empty.
extension Backfill {
    private static var freshness: Int64 { 48 * 3_600_000 }
    /// An interval is asked for again once it is so old: a candle that comes later than this is the audit's business.
    private static var ripeness: Int64 { 3_600_000 }
    private static var rowsAtOnce: Int { 50_000 }

    /// Up to here a recheck of a target looks.
    func recheckBoundary(of target: TimeRange) -> UnixMilliseconds { target.end - Self.ripeness }

    /// The intervals of a target that were confirmed empty and are to be asked for again.
    func emptyIntervals(
        to recheck: BackfillJob.Recheck, of stored: StoredSeries, in target: TimeRange, _ coverage: IntervalSet
    ) async throws -> IntervalSet {
        switch recheck {
        case .nothing: return IntervalSet()
        case .allEmpty: return try await emptyIntervals(of: stored, in: coverage.intersection(target))
        case .freshlyEmpty:
            let start = max(target.end - Self.freshness, stored.recheckedTo ?? .min)
            let fresh = TimeRange(start, recheckBoundary(of: target)).clamped(to: target)
            return try await emptyIntervals(of: stored, in: coverage.intersection(fresh))
        }
    }

    /// Covered intervals without a candle.
    private func emptyIntervals(of stored: StoredSeries, in covered: IntervalSet) async throws -> IntervalSet {
        let step = stored.series.timeframe.milliseconds
        var kept = IntervalSet()
        for range in covered.ranges {
            var start = range.start
            while start < range.end {
                let rows = try await store.candles(
                    of: stored, in: TimeRange(start, range.end), limit: Self.rowsAtOnce)
                for row in rows { kept.insert(TimeRange(row.candle.openTime, row.candle.openTime + step)) }
                guard rows.count == Self.rowsAtOnce, let last = rows.last else { break }
                start = last.candle.openTime + step
            }
        }
        return covered.subtracting(kept)
    }
}
