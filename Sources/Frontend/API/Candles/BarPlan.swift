import Candles
import Storage

/// How bars are come by: asked of the exchange, folded from a finer series, or from days.
enum BarKind: String, Encodable, Sendable, CaseIterable {
    case kept, folded, derived

    static let schema = Schema.named("BarKind", .choice(allCases.map(\.rawValue)))
}

/// From which series bars of a length are made.
struct BarPlan: Sendable {
    let length: BarLength
    let kind: BarKind
    /// The series itself where it is kept, else the coarsest kept one that makes up the bars.
    let source: SeriesGlance

    /// At most so many bars are given in one page.
    static let mostBars = 10_000
    /// At most so many candles are read for one page.
    static let sourceRows = 200_000

    /// All that can be had of a symbol, the shortest first.
    static func all(of glances: [SeriesGlance]) -> [BarPlan] {
        BarLength.all.compactMap { length in
            switch length {
            case .timeframe(let timeframe): plan(of: timeframe, glances)
            case .period:
                glances.first { $0.stored.series.timeframe == .day1 }
                    .map { BarPlan(length: length, kind: .derived, source: $0) }
            }
        }
    }

    private static func plan(of timeframe: Timeframe, _ glances: [SeriesGlance]) -> BarPlan? {
        let length = BarLength.timeframe(timeframe)
        let usable = glances.filter {
            let source = $0.stored.series.timeframe
            return source <= timeframe && timeframe.milliseconds % source.milliseconds == 0
        }
        guard let source = usable.max(by: { $0.stored.series.timeframe < $1.stored.series.timeframe }) else {
            return nil
        }
        let isKept = source.stored.series.timeframe == timeframe
        return BarPlan(length: length, kind: isKept ? .kept : .folded, source: source)
    }

    /// How many candles of the source have to be read, so that one more than `limit` bars come of them.
    func rows(for limit: Int) -> Int {
        guard kind == .folded, let milliseconds = length.milliseconds else { return limit + 1 }
        let ratio = Int(milliseconds / source.stored.series.timeframe.milliseconds)
        return min(limit * ratio + 1, Self.sourceRows)
    }

    /// Whether more candles are read for one page than any page shows.
    func isLong(_ limit: Int) -> Bool { kind == .folded && rows(for: limit) > Self.mostBars + 1 }

    /// From the first bar that was wanted to the end of the newest one, which is still forming.
    func history(now: UnixMilliseconds) -> TimeRange {
        let stored = source.stored
        let wanted = stored.series.timeframe.ceiling(max(stored.wantedFrom, stored.firstOpen ?? stored.wantedFrom))
        let start = length.floor(min(wanted, source.overview.first ?? wanted))
        let newest = max(now, source.newest.last?.candle.openTime ?? now)
        return TimeRange(start, length.end(length.floor(newest)))
    }
}

/// How long a bar is: one of the exchange's timeframes, or a period of days.
enum BarLength: Sendable, Hashable {
    case timeframe(Timeframe)
    case period(DerivedPeriod)

    /// The shortest first.
    static let all = Timeframe.allCases.sorted().map(Self.timeframe) + DerivedPeriod.allCases.map(Self.period)

    init?(_ name: String) {
        guard let length = Self.all.first(where: { $0.name == name }) else { return nil }
        self = length
    }

    var name: String {
        switch self {
        case .timeframe(let timeframe): timeframe.rawValue
        case .period(let period): period.rawValue
        }
    }

    /// Nil for months, whose length varies.
    var milliseconds: Int64? {
        switch self {
        case .timeframe(let timeframe): timeframe.milliseconds
        case .period(.week): 7 * Timeframe.day1.milliseconds
        case .period(.fortnight): 14 * Timeframe.day1.milliseconds
        case .period(.month): nil
        }
    }

    /// The last boundary at or before `time`.
    func floor(_ time: UnixMilliseconds) -> UnixMilliseconds { stretch(containing: time).start }

    /// The end of the bar that begins at a boundary.
    func end(_ start: UnixMilliseconds) -> UnixMilliseconds { stretch(containing: start).end }

    /// The first boundary at or after `time`.
    func ceiling(_ time: UnixMilliseconds) -> UnixMilliseconds {
        let stretch = stretch(containing: time)
        return stretch.start == time ? time : stretch.end
    }

    private func stretch(containing time: UnixMilliseconds) -> TimeRange {
        switch self {
        case .timeframe(let timeframe):
            let start = timeframe.floor(time)
            return TimeRange(start, start + timeframe.milliseconds)
        case .period(let period): return period.stretch(containing: time)
        }
    }
}

/// What is certain about a page of bars.
struct BarProof: Sendable, Equatable {
    /// Bars that open before this are final, but for those that `unknown` touches.
    let finalThrough: UnixMilliseconds
    /// Of which nothing is proven.
    ///
    /// Bars that may still change because they are the newest are not in it.
    let unknown: IntervalSet

    /// `coverage` is that of the source in the page's range, and `provenTo` where all of its coverage ends.
    init(
        _ page: BarPage, coverage: IntervalSet, provenTo: UnixMilliseconds?, firstOpen: UnixMilliseconds?,
        length: BarLength
    ) {
        let newest = max(provenTo ?? .min, coverage.ranges.last?.end ?? .min)
        let final = newest == .min ? page.range.start : length.floor(newest)
        finalThrough = min(max(final, page.range.start), page.range.end)
        var settled = coverage
        // Before the first candle of all, nobody traded.
        if let firstOpen { settled.insert(TimeRange(page.range.start, firstOpen)) }
        for bar in page.bars.reversed() {
            if bar.openTime < finalThrough { break }
            settled.insert(TimeRange(bar.openTime, length.end(bar.openTime)))
        }
        unknown = IntervalSet([page.range]).subtracting(settled)
    }
}
