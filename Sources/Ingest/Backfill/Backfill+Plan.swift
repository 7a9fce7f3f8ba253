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
