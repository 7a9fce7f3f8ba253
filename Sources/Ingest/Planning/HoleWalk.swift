package import Candles

/// Decides which pages to ask for to prove one hole, and what each answer proves.
///
/// Pure: requests go out, answers come in, pages to store come out. What the walk rests on is the witness: an answer counts
/// only from a candle that is known to exist, in unbroken order, to its last row.
///
/// - An open end (no candle is known after it) is asked newest first. A truncated answer then loses its oldest rows, which
///   stay unknown, never its newest; and it counts only once it is tied to the witness at the start, by itself or through
///   the pages between.
/// - Where the newest page ends in a quieter stretch than any inside it, the stretch is asked again from its newest row on.
/// - The rest is an ascending cursor: the last row of a page is the witness of the next.
/// - A row that cannot be read leaves everything between its neighbours unknown, and an answer proves nothing that had not
///   settled when it was made.
/// - In dense history without a budget, up to four windows are in flight, from the start on, before the open end is asked.
///   They overlap a little; one that does not hold the last proven candle is dropped and asked again from there.
package struct HoleWalk: Sendable {
    /// Where the share of traded intervals is at least this, windows pay off.
    static let denseShare = 0.95
    /// And down to this share they stay: without a budget some more requests cost less than waiting for each in turn.
    static let stillDenseShare = 0.5
    static let windowsInFlight = 4
    /// Intervals that neighbouring windows share, so that a few quiet ones do not break the chain.
    static let overlap: Int64 = 60

    private let hole: TimeRange
    private let timeframe: Timeframe
    private let windowed: Bool
    private let pageSize: Int
    /// The last moment that the newest page may reach: beyond the hole lie rows that may still change.
    private let horizon: UnixMilliseconds
    /// The newest candle of the hole that another live source knows, where there is one.
    private let newestSeen: UnixMilliseconds?
    /// The newest candle of the hole that was seen anywhere, at any time.
    private let newestKnown: UnixMilliseconds?

    /// The newest candle up to which, from the start, all is proven.
    private var cursor: UnixMilliseconds
    /// A known candle at or after the hole's end, or the oldest row of the newest page.
    private var closing: UnixMilliseconds?
    /// The newest rows, ascending, which wait for the chain to reach the oldest of them.
    private var newest: [Candle] = []
    /// What these leave unknown, and the row without values with which they begin.
    private var newestBreaks = IntervalSet()
    private var newestAnchor: UnixMilliseconds?
    /// Up to here the newest answers prove anything: the hole's end, unless they were made before it had settled.
    private var end: UnixMilliseconds
    private var dense = false
    /// Whether windows go on towards an open end, whose newest page is asked once they find nothing more.
    private var isChasing: Bool
    private var outstanding: Set<PageRequest> = []
    private var arrived: [PageRequest: Arrival] = [:]
    private var nextWindow: UnixMilliseconds
    package private(set) var isFinished = false
    /// Rows after the hole's end, ascending: seen, and not settled yet.
    package private(set) var beyond: [Candle] = []

    /// Begins at a known candle.
    ///
    /// `opening` is at or before the hole's start, `closing` at or after its end, with nothing unknown between; `closing` is
    /// nil where no such candle is known. `windowed` allows several windows in flight. The newest page of an open end reaches
    /// to `horizon`, which is the hole's end where it is earlier. `newestSeen` is the newest candle in the hole that another
    /// live source knows: a quiet end after that one need not be asked for twice. `newestKnown` is the newest that was seen at
    /// all: an end that is quiet from before it on is asked for twice in any case.
    package init(
        hole: TimeRange, opening: UnixMilliseconds, closing: UnixMilliseconds?, timeframe: Timeframe, windowed: Bool,
        horizon: UnixMilliseconds = .min, newestSeen: UnixMilliseconds? = nil, newestKnown: UnixMilliseconds? = nil,
        pageSize: Int = Timeframe.maximumCandlesPerCall
    ) {
        self.hole = hole
        self.newestSeen = newestSeen
        self.newestKnown = newestKnown
        self.horizon = max(hole.end - 1, horizon)
        self.timeframe = timeframe
        self.windowed = windowed
        self.pageSize = pageSize
        self.closing = closing
        cursor = opening
        end = hole.end
        nextWindow = opening
        isChasing = windowed && closing == nil && (hole.end - opening) / timeframe.milliseconds > Int64(pageSize)
    }

    /// The requests that may go out now, where so many pages are proven and not stored yet.
    ///
    /// A kill loses at most five pages: four in flight, and the one that is being stored.
    package mutating func requests(unstored: Int = 0) -> [PageRequest] {
        if isFinished { return [] }
        let last = closing ?? (isChasing ? lastInterval : nil)
        if let last, windowed, dense { return send(windows(to: last, unstored: unstored)) }
        guard outstanding.isEmpty else { return [] }
        guard let last else { return send([newestRequest]) }
        return send([page(from: cursor, to: last, witness: cursor, closing: closing)])
    }

    private var lastInterval: UnixMilliseconds { hole.end - timeframe.milliseconds }

    /// Takes an answer that had no objection, and gives the pages that it completes.
    package mutating func receive(_ rows: [Candle], for request: PageRequest) -> [ProvenRows] {
        receive(PageAnswer(rows: rows), for: request)
    }

    /// The same, of an answer with rows that cannot be read, or one that was made a while ago.
    package mutating func receive(_ answer: PageAnswer, for request: PageRequest) -> [ProvenRows] {
        outstanding.remove(request)
        let arrival = Arrival(answer, request.order, timeframe)
        if closing == nil, !isChasing { return receiveNewest(arrival) }
        arrived[request] = arrival
        var pages: [ProvenRows] = []
        while let page = attachNext() { pages.append(page) }
        if outstanding.isEmpty, !dense { isChasing = false }
        // The cursor's own page has the known candle at its end, or something that keeps it from there.
        if request.closing != nil, pages.isEmpty { isFinished = true }
        return pages
    }

    private mutating func send(_ requests: [PageRequest]) -> [PageRequest] {
        outstanding.formUnion(requests)
        return requests
    }

    /// The newest page, or what may follow its newest row.
    private var newestRequest: PageRequest {
        guard let last = newest.last?.openTime else {
            return PageRequest(start: cursor, last: horizon, order: .newestFirst, limit: pageSize, witness: nil)
        }
        return page(from: last, to: lastInterval, witness: last)
    }

    private func page(
        from start: UnixMilliseconds, to last: UnixMilliseconds, witness: UnixMilliseconds?,
        closing: UnixMilliseconds? = nil
    ) -> PageRequest {
        PageRequest(
            start: start, last: last + timeframe.milliseconds - 1, order: .oldestFirst, limit: pageSize,
            witness: witness, closing: closing)
    }

    /// The next windows up to the candle or interval `end`; the first one after a break begins at the witness.
    private mutating func windows(to end: UnixMilliseconds, unstored: Int) -> [PageRequest] {
        let step = timeframe.milliseconds
        var planned: [PageRequest] = []
        if outstanding.isEmpty { nextWindow = cursor }
        let inHand = outstanding.count + arrived.count + max(0, unstored - 1)
        while inHand + planned.count < Self.windowsInFlight, nextWindow < end {
            let last = min(end, nextWindow + Int64(pageSize - 1) * step)
            planned.append(page(from: nextWindow, to: last, witness: nextWindow == cursor ? cursor : nil))
            nextWindow = last == end ? end : nextWindow + (Int64(pageSize) - overlapIntervals) * step
        }
        return planned
    }

    private var overlapIntervals: Int64 { min(Self.overlap, Int64(pageSize) / 4) }

    private mutating func receiveNewest(_ arrival: Arrival) -> [ProvenRows] {
        let last = newest.last?.openTime
        let isAgreed = last != nil && arrival.holdsOneRow
        newestBreaks = IntervalSet(newestBreaks.ranges + arrival.breaks.ranges)
        if let last {
            end = min(end, max(arrival.provesTo, last + timeframe.milliseconds))
        } else {
            end = min(end, arrival.provesTo)
            beyond = (arrival.rows + arrival.young).filter { $0.openTime >= end }
            newestAnchor = arrival.anchor
        }
        newest += arrival.rows.filter { $0.openTime < end && $0.openTime > last ?? .min }
        if newest.isEmpty, let next = beyond.first {
            // Cut before it reached the hole, so that the chain must come from below; or the series begins after it.
            if next.openTime == cursor || end <= cursor {
                isFinished = true
            } else {
                closing = next.openTime
            }
            return []
        }
        guard let oldest = newest.first?.openTime, isAgreed || !endsUnusuallyQuiet else { return [] }
        measure(newest.count, from: oldest, to: end)
        if oldest == cursor || newestAnchor == cursor {
            isFinished = true
            return [ProvenRows(rows: newest, proven: TimeRange(cursor, end), without: newestBreaks)]
        }
        closing = oldest
        return []
    }

    /// Whether more intervals without a candle follow the newest row than any two of these rows have between them.
    ///
    /// The witness alone is the exception: newest first, a truncated answer cannot look like it. So is an end with rows
    /// beyond, for an answer that hides the newest rows hides these first, and an end on which another source agrees.
    private var endsUnusuallyQuiet: Bool {
        guard beyond.isEmpty, let last = newest.last?.openTime, !newestBreaks.contains(last + timeframe.milliseconds)
        else { return false }
        if let newestKnown, last < newestKnown { return true }
        guard newest.count > 1, last != newestSeen else { return false }
        let longest = zip(newest, newest.dropFirst()).map { $1.openTime - $0.openTime }.max() ?? 0
        return end - last > longest
    }

    /// Ties the earliest answer that holds the witness to the chain, and drops those that can no longer help.
    private mutating func attachNext() -> ProvenRows? {
        var wasted = false
        for (request, arrival) in arrived.sorted(by: { $0.key.start < $1.key.start }) where request.start <= cursor {
            arrived[request] = nil
            if let first = arrival.index(of: cursor), let page = advance(through: arrival.rows[first...], of: arrival) {
                return page
            }
            wasted = true
        }
        if outstanding.isEmpty, wasted || !arrived.isEmpty {
            // A hole as wide as a window: the cursor finds its far side in one request.
            arrived = [:]
            dense = false
        }
        return nil
    }

    private mutating func advance(through rows: ArraySlice<Candle>, of arrival: Arrival) -> ProvenRows? {
        guard let last = rows.last?.openTime else { return nil }
        // A closing candle without values, or one that had not settled, is still the end of what was asked for.
        let reachesClosing = last != closing && closing.map(arrival.isSeen) == true
        guard last > cursor || reachesClosing else { return nil }
        let start = cursor
        let step = timeframe.milliseconds
        let end = reachesClosing ? max(last + step, min(closing ?? last, arrival.provesTo)) : last + step
        cursor = last
        measure(rows.count, from: start, to: end)
        let page = ProvenRows(rows: Array(rows), proven: TimeRange(start, end), without: arrival.breaks)
        guard last == closing || reachesClosing || (isChasing && last == lastInterval) else { return page }
        isFinished = true
        guard let oldest = newest.first?.openTime else { return page }
        // The closing candle is the oldest of the newest page, which is now tied to the chain.
        let newestProven = IntervalSet([TimeRange(oldest, self.end)]).subtracting(newestBreaks)
        return ProvenRows(
            rows: page.rows.filter { $0.openTime < oldest } + newest,
            proven: IntervalSet(
                page.proven.ranges.map { $0.clamped(to: TimeRange(start, oldest)) } + newestProven.ranges))
    }

    private mutating func measure(_ count: Int, from start: UnixMilliseconds, to end: UnixMilliseconds) {
        let share = dense ? Self.stillDenseShare : Self.denseShare
        dense = Double(count) >= share * Double((end - start) / timeframe.milliseconds)
    }
}

/// Rows in ascending order, and the stretches of which they are all there is.
package struct ProvenRows: Sendable, Equatable {
    package let rows: [Candle]
    package let proven: IntervalSet

    package init(rows: [Candle], proven: IntervalSet) {
        self.rows = rows
        self.proven = proven
    }

    init(rows: [Candle], proven: TimeRange, without unknown: IntervalSet) {
        self.init(rows: rows, proven: IntervalSet([proven]).subtracting(unknown))
    }
}
