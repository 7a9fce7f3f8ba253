package import Candles
package import Storage

extension CandleHistory {
    /// The kept candles of a stretch, oldest first, in chunks: memory does not grow with the stretch.
    package func chunks(
        of series: StoredSeries, in range: TimeRange, rowsAtOnce: Int = 50_000,
        _ body: ([StoredCandle]) async throws -> Void
    ) async throws {
        var start = range.start
        while start < range.end {
            let rows = try await candles(of: series, in: TimeRange(start, range.end), limit: rowsAtOnce)
            if !rows.isEmpty { try await body(rows) }
            guard rows.count == rowsAtOnce, let last = rows.last else { return }
            start = last.candle.openTime + 1
        }
    }
}
