import Candles
import Storage

extension Backfill {
    /// What `run` would cost; nothing is stored.
    ///
    /// A history that nobody has stored yet is sampled first: its first candle, and for a hole of several pages two to five of
    /// them, whose density decides. Below 95 % the number is a bound, above it an estimate.
    package func plan(_ job: BackfillJob) async throws -> BackfillPlan {
        try job.check(now: now())
        let found = try await store.find(job.series)
        if let found, let since = found.goneSince, try await goneSince(found) == since {
            let nothing = TimeRange(job.series.timeframe.floor(since), job.series.timeframe.floor(since))
            return BackfillPlan(series: job.series, target: nothing, requests: 0, isBound: false, rows: 0)
        }
        let stored = found
        let firstCandle: UnixMilliseconds
        var requests = 0
        if let known = stored?.firstOpen {
            firstCandle = known
            // Whether anything is before it is asked once.
            if stored?.firstProvenAt == nil { requests += 1 }
        } else {
            requests += 2
            firstCandle = try await probeFirstCandle(of: job.series)
        }
        let lastFinal = if let stored { try await store.lastFinal(of: stored) } else { UnixMilliseconds?.none }
        let target = try job.target(now: now(), firstCandle: firstCandle, lastFinal: lastFinal)
            .clamped(to: TimeRange(firstCandle, .max))
        let coverage = if let stored { try await store.coverage(of: stored) } else { IntervalSet() }
        var isBound = false
        var rows = 0
        let holes = if let stored { try await holes(in: target, known: coverage, of: stored) } else { [target] }
        for hole in holes where !hole.isEmpty {
            if hole.start != firstCandle, !coverage.ranges.contains(where: { $0.end == hole.start }) { requests += 1 }
            let intervals = hole.intervals(of: job.series.timeframe)
            let density = try await density(of: hole, job.series, stored, coverage, firstCandle)
            let isDense = density >= HoleWalk.denseShare
            requests += pages(intervals, isDense ? density : 1, isDense)
            rows += Int(Double(intervals) * density)
            let isOpen = !coverage.ranges.contains { $0.start == hole.end }
            if isOpen, !isDense || intervals < Timeframe.maximumCandlesPerCall {
                isBound = true
                requests += 1  // A quiet end is asked twice.
            }
        }
        return BackfillPlan(series: job.series, target: target, requests: requests, isBound: isBound, rows: rows)
    }

    private func pages(_ intervals: Int, _ density: Double, _ isDense: Bool) -> Int {
        guard windowed, intervals > Timeframe.maximumCandlesPerCall else {
            return BackfillPlan.pages(intervals: intervals, density: density)
        }
        let windows = BackfillPlan.windows(intervals: intervals, overlap: HoleWalk.overlap)
        // Where quiet stretches break the chain of windows, each break may waste all that are in flight.
        return isDense ? windows : windows * HoleWalk.windowsInFlight
    }

    /// The share of traded intervals, by the newest and the oldest page of a hole; 1 for a hole of one page.
    private func density(
        of hole: TimeRange, _ series: Series, _ stored: StoredSeries?, _ coverage: IntervalSet,
        _ firstCandle: UnixMilliseconds
    ) async throws -> Double {
        let pageSize = Timeframe.maximumCandlesPerCall
        if hole.intervals(of: series.timeframe) < pageSize { return 1 }
        let known = stored ?? StoredSeries(id: 0, series: series, firstOpen: firstCandle, wantedFrom: hole.start)
        let opening = try await opening(of: hole, known, coverage)
        var shares: [Double] = []
        for request in samples(of: hole, from: opening, series.timeframe) {
            let rows = try await exchange.candles(series, request).rows
            let reached = rows.count < pageSize ? nil : rows.last?.openTime
            let end = request.order == .oldestFirst ? reached ?? hole.end : hole.end
            let start = request.order == .oldestFirst ? request.start : reached ?? hole.start
            shares.append(Double(rows.count) / Double(max(1, (end - start) / series.timeframe.milliseconds)))
            if request.order == .newestFirst, rows.count < pageSize { break }
        }
        return shares.isEmpty ? 1 : shares.reduce(0, +) / Double(shares.count)
    }

    /// The newest page, and others evenly before it: more of them for a longer hole.
    private func samples(
        of hole: TimeRange, from opening: UnixMilliseconds, _ timeframe: Timeframe
    ) -> [PageRequest] {
        let pages = hole.intervals(of: timeframe) / Timeframe.maximumCandlesPerCall
        let earlier = min(4, max(1, pages / 5))
        let newest = PageRequest(start: opening, last: hole.end - 1, order: .newestFirst, witness: nil)
        return [newest]
            + (0..<earlier).map { number in
                let start = timeframe.floor(hole.start + hole.milliseconds / Int64(earlier) * Int64(number))
                return PageRequest(start: start, last: hole.end - 1, order: .oldestFirst, witness: nil)
            }
    }
}

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
