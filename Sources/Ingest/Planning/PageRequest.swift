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
