import Candles
import Resilience
import Storage

/// What becomes of a hole whose known candles the exchange no longer shows.
extension Backfill {
    /// The known candles on which a walk rests, and the stretch that it proves.
    struct Footing: Sendable, Equatable {
        var hole: TimeRange
        /// Nil where the exchange was asked for it and did not tell.
        var opening: UnixMilliseconds?
        var closing: UnixMilliseconds?
    }

    enum Inquiry: Sendable, Equatable {
        /// The exchange has the known candles: the walk failed for another reason, or nobody knows.
        case unchanged
        /// It has no longer all of them: an earlier and a later one are left, and what was known between gives way.
        case withdrawn(Footing)
        case gone
    }

    /// Asks independently of the walk that failed whether its known candles are there.
    func inquire(_ footing: Footing, of stored: StoredSeries) async throws -> Inquiry {
        let series = stored.series
        guard let witness = footing.opening ?? stored.firstOpen else { return .unchanged }
        var firm = footing
        let (older, isSure) = try await exchange.neighbour(of: witness, in: series)
        guard let older else {
            if try await isGone(stored, witness: witness) { return .gone }
            guard isSure, let first = try await exchange.firstCandle(of: series), first > witness else {
                return .unchanged
            }
            let begin = stored.firstOpen ?? witness
            return .withdrawn(Footing(hole: TimeRange(begin, footing.hole.end), opening: first, closing: nil))
        }
        if older < witness, isSure {
            let coverage = try await store.coverage(of: stored)
            let known = coverage.ranges.last { $0.start <= witness && witness < $0.end }
            firm.opening = older
            firm.hole = TimeRange(max(older, known?.start ?? footing.hole.start), footing.hole.end)
        }
        if let closing = footing.closing, let later = try await successor(of: closing, stored) {
            firm.closing = later.closing
            firm.hole = TimeRange(firm.hole.start, later.end)
        }
        if firm == footing { return .unchanged }
        let stretches = [TimeRange(firm.hole.start, footing.hole.start), TimeRange(footing.hole.end, firm.hole.end)]
        let count = try await store.counts(of: stored, in: stretches.filter { !$0.isEmpty }).reduce(0, +)
        return count > Self.mostWithdrawn ? .unchanged : .withdrawn(firm)
    }

    /// What stands for a closing candle that the exchange has withdrawn; nil where it is there, or nobody can tell.
    private func successor(
        of closing: UnixMilliseconds, _ stored: StoredSeries
    ) async throws -> (closing: UnixMilliseconds?, end: UnixMilliseconds)? {
        let (older, isSure) = try await exchange.neighbour(of: closing, in: stored.series)
        guard isSure, older != closing,
            let known = try await store.coverage(of: stored).ranges.first(where: { $0.contains(closing) })
        else { return nil }
        let next = try await exchange.oldestCandle(of: stored.series, atOrAfter: closing)
        if next == closing { return nil }
        guard let next, known.contains(next) else { return (nil, known.end) }
        return (next, next)
    }

    /// Walks a hole, and once more from what is left where the exchange has withdrawn known candles.
    ///
    /// - Returns: False where the series is gone.
    func proveOnFirmGround(_ hole: TimeRange, _ walks: inout Walks) async throws -> Bool {
        var footing = Footing(hole: hole)
        do {
            try await prove(&walks, &footing)
            return true
        } catch let fault as BitfinexFault {
            guard case .unproven = fault else { throw fault }
            switch try await inquire(footing, of: walks.stored) {
            case .unchanged: throw fault
            case .gone:
                walks.goneSince = now()
                return false
            case .withdrawn(let firm):
                try await proveAnew(firm, &walks, after: fault)
                return true
            }
        }
    }

    /// The walk from the earlier witness is the second question: only what it proves gives way.
    private func proveAnew(_ firm: Footing, _ walks: inout Walks, after fault: any Fault) async throws {
        if let first = walks.stored.firstOpen, let opening = firm.opening, opening > first, firm.hole.start == first {
            // Nothing is left of the beginning.
            walks.stored = try await move(walks.stored, from: first, to: opening)
            if walks.stored.firstOpen != opening { throw fault }
            let rest = TimeRange(max(opening, firm.hole.start), max(opening, firm.hole.end))
            var footing = Footing(hole: rest)
            if !rest.isEmpty { try await prove(&walks, &footing) }
            return
        }
        let before = try await keptTimes(of: walks.stored, in: firm.hole)
        var footing = firm
        try await prove(&walks, &footing, isCorrection: true)
        let left = Set(try await keptTimes(of: walks.stored, in: firm.hole))
        let withdrawn = before.filter { !left.contains($0) }
        if !withdrawn.isEmpty { emit(.warned(.withdrawn(walks.stored.series, withdrawn))) }
    }
}

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

/// A pair that the exchange has taken off: it is told once, costs no request for candles, and comes back by itself.
extension Backfill {
    private static var listReadEvery: Int64 { 86_400_000 }

    /// Since when the series is gone; nil where it is not, or the exchange lists it again.
    ///
    /// Reads the list once a day.
    func goneSince(_ stored: StoredSeries) async throws -> UnixMilliseconds? {
        guard let since = stored.goneSince else { return nil }
        let now = now()
        if let read = stored.listReadAt, read <= now, now - read < Self.listReadEvery { return since }
        if try await exchange.symbols().contains(stored.series.symbol) {
            try await store.setGone(since: nil, listReadAt: nil, of: stored)
            emit(.warned(.back(stored.series)))
            return nil
        }
        try await store.setGone(since: since, listReadAt: now, of: stored)
        return since
    }

    /// Whether a series that answered nothing to its own witness is not listed either; notes it.
    func isGone(_ stored: StoredSeries, witness: UnixMilliseconds) async throws -> Bool {
        if try await exchange.symbols().contains(stored.series.symbol) { return false }
        try await store.setGone(since: now(), listReadAt: now(), of: stored)
        emit(.warned(.gone(stored.series, witness: witness)))
        return true
    }
}
