import Candles
import Resilience
import Storage

/// Reads stretches again in the series' own timeframe, with proof, and compares what is kept with it.
extension Audit {
    /// The fewest walks over bars that differ.
    func reread(_ bars: IntervalSet, _ course: inout Course) async throws {
        let holes = bars.ranges
        if holes.isEmpty { return }
        let between = zip(holes, holes.dropFirst()).map { TimeRange($0.end, $1.start) }
        let kept = between.isEmpty ? [] : try await store.counts(of: course.stored, in: between)
        try await read(HolePlanner.merged(holes, keptBetween: kept, timeframe: course.timeframe), &course)
    }

    func read(_ stretches: [TimeRange], _ course: inout Course) async throws {
        emit(.reading(stretches))
        emit(.planned(intervals: IntervalSet(stretches).intervals(of: course.timeframe)))
        for stretch in stretches {
            do {
                if try await read(stretch, &course) { course.reread.insert(stretch) }
            } catch let fault as any Fault where fault.comesFromTheExchange {
                emit(.stretchFailed(stretch, fault))
                course.findings.fault = course.findings.fault ?? fault
                if fault.concernsEveryRequest { return }
            }
            if course.findings.wasStopped { return }
        }
    }

    /// Walks one stretch; false where it was stopped, or where a part of it could not be proven.
    private func read(_ stretch: TimeRange, _ course: inout Course) async throws -> Bool {
        if let first = course.stored.firstOpen, first >= stretch.end {
            // The exchange has nothing before its first candle.
            try await take([], of: stretch, &course)
            return true
        }
        var walk = HoleWalk(
            hole: stretch, opening: try await opening(of: stretch, course), closing: closing(of: stretch, course),
            timeframe: course.timeframe, windowed: false)
        var position = stretch.start
        var unproven = IntervalSet([stretch])
        while !walk.isFinished {
            if isStopping() {
                course.findings.wasStopped = true
                return false
            }
            for request in walk.requests() {
                let answer = try await exchange.candles(course.stored.series, request)
                for page in walk.receive(answer, for: request) {
                    for range in page.proven.ranges {
                        // Nothing is before the first candle, on which the first page may rest.
                        let start = position == stretch.start ? min(range.start, position) : range.start
                        let part = TimeRange(max(start, position), min(range.end, stretch.end))
                        try await take(page.rows.filter { part.contains($0.openTime) }, of: part, &course)
                        unproven = unproven.subtracting(IntervalSet([part]))
                    }
                    position = max(position, min(page.proven.ranges.last?.end ?? position, stretch.end))
                }
                if let row = answer.unreadable.first, !unproven.isEmpty {
                    let what = "\(course.stored.series) from \(request.start.iso8601) to \(request.last.iso8601)"
                    course.findings.fault =
                        course.findings.fault ?? BitfinexFault.unreadableRow(what: what, row: row.text)
                }
            }
        }
        if !unproven.isEmpty, course.findings.fault == nil {
            course.findings.fault = BitfinexFault.stale(what: "\(course.stored.series) up to \(stretch.end.iso8601)")
        }
        return unproven.isEmpty
    }

    /// A candle at or before the stretch with nothing unknown between: the first of all, a kept one of a bar that agrees, or
    /// the exchange's own.
    private func opening(of stretch: TimeRange, _ course: Course) async throws -> UnixMilliseconds {
        if let first = course.stored.firstOpen, stretch.start <= first { return first }
        if let kept = course.agreeing.before(stretch.start), course.isCovered(from: kept, to: stretch.start) {
            return kept
        }
        return try await exchange.newestCandle(of: course.stored.series, atOrBefore: stretch.start)
    }

    private func closing(of stretch: TimeRange, _ course: Course) -> UnixMilliseconds? {
        guard let kept = course.agreeing.after(stretch.end), course.isCovered(from: stretch.end, to: kept) else {
            return nil
        }
        return kept
    }

    /// Compares all that the exchange has in a stretch with what is kept, and stores it where that is asked for.
    private func take(_ rows: [Candle], of stretch: TimeRange, _ course: inout Course) async throws {
        if stretch.isEmpty { return }
        var kept: [Candle] = []
        try await store.chunks(of: course.stored, in: stretch) { kept += $0.map(\.candle) }
        let known = course.known
        let found = RowDifference.all(kept: kept, exchange: rows).filter { known.contains($0.openTime) }
        course.findings.add(found)
        if course.readsAll {
            course.findings.barsCompared += rows.count + found.count { $0.kind == .madeUp }
            course.findings.barsDiffering += found.count
        }
        if course.job.repairs {
            // Before the first candle nothing is proven, unless a kept row must go.
            let first = min(course.stored.firstOpen ?? stretch.start, kept.first?.openTime ?? .max)
            let proven = TimeRange(max(stretch.start, first), stretch.end)
            let page = ProvenPage(candles: rows, proven: [proven], checkedAt: now(), isCorrection: true)
            _ = try await store.store(page, of: course.stored)
        } else if !course.readsAll {
            for row in found {
                let start = course.timeframe.floor(row.openTime)
                course.unrepaired.insert(TimeRange(start, start + course.timeframe.milliseconds))
            }
        }
        emit(.pageRead(upTo: stretch.end, differingRows: course.findings.rows))
        emit(.looked(intervals: stretch.intervals(of: course.timeframe)))
    }
}

extension Audit.Course {
    /// Whether nothing between two times is unknown.
    fileprivate func isCovered(from start: UnixMilliseconds, to end: UnixMilliseconds) -> Bool {
        start == end || IntervalSet([TimeRange(start, end)]).subtracting(known).isEmpty
    }
}
