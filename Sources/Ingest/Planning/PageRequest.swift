package import Candles

/// One call for a page of candles: a stretch of open times, and the order in which to answer.
package struct PageRequest: Sendable, Hashable {
    package enum Order: Sendable, Hashable {
        case oldestFirst, newestFirst
    }

    /// The first open time wanted, on a boundary.
    package let start: UnixMilliseconds
    /// The last open time wanted, inclusive as the exchange has it.
    package let last: UnixMilliseconds
    package let order: Order
    package let limit: Int
    /// The candle with which an answer in ascending order must begin.
    package let witness: UnixMilliseconds?
    /// A candle known to exist later in the stretch: an answer with the witness alone hides it.
    package let closing: UnixMilliseconds?

    package init(
        start: UnixMilliseconds, last: UnixMilliseconds, order: Order, limit: Int = Timeframe.maximumCandlesPerCall,
        witness: UnixMilliseconds?, closing: UnixMilliseconds? = nil
    ) {
        self.start = start
        self.last = last
        self.order = order
        self.limit = limit
        self.witness = witness
        self.closing = closing
    }

    /// Says what is wrong with an answer; nil where its rows are in order, on boundaries, inside the stretch, and begin
    /// with the witness.
    ///
    /// An answer without a row is wrong wherever the stretch includes a candle that is known to exist; only a window in the
    /// middle may be empty, and that proves nothing.
    package func objection(to rows: [Candle], timeframe: Timeframe) -> String? {
        objection(to: PageAnswer(rows: rows), timeframe: timeframe)
    }

    /// The same; a row that cannot be read but for its time still shows that there is a candle.
    package func objection(to answer: PageAnswer, timeframe: Timeframe) -> String? {
        let rows = answer.rows
        if rows.isEmpty {
            if !answer.unreadable.isEmpty { return "none of its rows can be read" }
            let mayBeEmpty = order == .oldestFirst && witness == nil
            return mayBeEmpty ? nil : "it is empty, although a candle is known in the stretch"
        }
        if rows.count > limit { return "it has \(rows.count) rows, more than the \(limit) asked for" }
        let step: Int64 = order == .oldestFirst ? 1 : -1
        var previous: UnixMilliseconds?
        for row in rows {
            if let previous, (row.openTime - previous) * step <= 0 { return "its rows are not in order" }
            if row.openTime < start || row.openTime > last { return "it has rows outside the stretch" }
            if row.openTime % timeframe.milliseconds != 0 { return "it has rows off the boundaries of \(timeframe)" }
            previous = row.openTime
        }
        let first = answer.unreadable.first { $0.position == 0 }.map(\.time) ?? rows[0].openTime
        if let witness, first != witness { return "the known candle at its start is missing" }
        if closing != nil, answer.count == 1 { return "the known candle at its end is missing" }
        return nil
    }

    /// Whether an answer was made before the candle that it lacks had settled: it cannot know better.
    func isOlderThanItsWitness(_ answer: PageAnswer, timeframe: Timeframe) -> Bool {
        let first = witness ?? start
        let missing = answer.times.first == first ? closing ?? first : first
        return missing + timeframe.milliseconds > answer.provesTo
    }
}

/// An answer as a walk takes it: ascending, and parted into what is final, what may still change, and what is not known.
struct Arrival: Sendable {
    let rows: [Candle]
    /// Rows of intervals that had not settled when the answer was made.
    let young: [Candle]
    /// Between the neighbours of rows that cannot be read.
    private(set) var breaks = IntervalSet()
    /// The open time of a row without values with which the answer begins.
    private(set) var anchor: UnixMilliseconds?
    let provesTo: UnixMilliseconds
    private let unreadable: [UnreadableRow]

    init(_ answer: PageAnswer, _ order: PageRequest.Order, _ timeframe: Timeframe) {
        let step = timeframe.milliseconds
        let all = order == .oldestFirst ? answer.rows : answer.rows.reversed()
        unreadable = Self.ascending(answer, order)
        let settled = timeframe.floor(answer.provesTo)
        provesTo = settled
        let final = all.firstIndex { $0.openTime >= settled } ?? all.endIndex
        rows = Array(all[..<final])
        young = Array(all[final...])
        for bad in unreadable {
            switch (bad.position > 0 ? all[bad.position - 1] : nil, bad.position < all.count ? all[bad.position] : nil)
            {
            case (let left?, let right): breaks.insert(TimeRange(left.openTime + step, right?.openTime ?? .max))
            case (nil, let right?):
                anchor = anchor ?? bad.time
                breaks.insert(TimeRange(anchor ?? 0, right.openTime))
            case (nil, nil): break
            }
        }
    }

    private static func ascending(_ answer: PageAnswer, _ order: PageRequest.Order) -> [UnreadableRow] {
        if order == .oldestFirst { return answer.unreadable }
        return answer.unreadable.reversed().map {
            UnreadableRow(position: answer.rows.count - $0.position, text: $0.text, time: $0.time)
        }
    }

    /// Whether the answer is one row, and nothing that cannot be read.
    var holdsOneRow: Bool { rows.count + young.count == 1 && unreadable.isEmpty }

    /// Where the rows from a known candle on begin: at it, or behind it where it came without values.
    func index(of known: UnixMilliseconds) -> Int? {
        if anchor == known { return rows.isEmpty ? nil : 0 }
        guard let first = rows.firstIndex(where: { $0.openTime >= known }), rows[first].openTime == known else {
            return nil
        }
        return first
    }

    /// Whether the answer has a candle that is not among its final rows.
    func isSeen(_ time: UnixMilliseconds) -> Bool {
        young.contains { $0.openTime == time } || unreadable.contains { $0.time == time }
    }
}
