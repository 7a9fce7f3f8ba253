import Candles
import Storage

/// Finds the known candles on which a walk rests.
extension Backfill {
    /// - Throws: `BitfinexFault.unknownSymbol`, `.noHistory`, or what the exchange throws.
    func probeFirstCandle(of series: Series) async throws -> UnixMilliseconds {
        if let first = try await exchange.firstCandle(of: series) { return first }
        let listed = try await exchange.symbols()
        guard listed.contains(series.symbol) else {
            throw BitfinexFault.unknownSymbol(
                series.symbol, nearest: Spelling.nearest(to: series.symbol.name, in: listed.map(\.name)))
        }
        // A listed symbol without a candle is rare: one false answer must not look like it.
        if let first = try await exchange.firstCandle(of: series) { return first }
        throw BitfinexFault.noHistory(series)
    }

    /// The newest candle at or before the hole, with nothing unknown between: kept, or asked for.
    func opening(
        of hole: TimeRange, _ stored: StoredSeries, _ coverage: IntervalSet
    ) async throws -> UnixMilliseconds {
        if stored.firstOpen == hole.start { return hole.start }
        if let known = coverage.ranges.last(where: { $0.start < hole.start && hole.start <= $0.end }),
            let edges = try await store.edges(of: stored, in: TimeRange(known.start, hole.start))
        {
            return edges.newest
        }
        return try await exchange.newestCandle(of: stored.series, atOrBefore: hole.start)
    }

    /// The newest of the provisional rows in a hole and what another source knows there.
    func newestKnown(
        in hole: TimeRange, of stored: StoredSeries, _ newestSeen: UnixMilliseconds?
    ) async throws -> UnixMilliseconds? {
        let kept = hole.isEmpty ? nil : try await store.edges(of: stored, in: hole)?.newest
        return [kept, newestSeen].compactMap(\.self).filter { hole.contains($0) }.max()
    }

    /// The oldest candle at or after the hole's end, with nothing unknown between; nil where none is kept.
    func closing(
        of hole: TimeRange, _ stored: StoredSeries, _ coverage: IntervalSet
    ) async throws -> UnixMilliseconds? {
        guard let known = coverage.ranges.first(where: { $0.start <= hole.end && hole.end < $0.end }) else {
            return nil
        }
        return try await store.edges(of: stored, in: TimeRange(hole.end, known.end))?.oldest
    }
}
