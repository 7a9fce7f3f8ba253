package import Candles
package import Storage

/// The exchange's own bars beside those that our candles fold to.
package struct BarComparison: Sendable, Equatable {
    /// Bars that either side has.
    package private(set) var compared = 0
    package private(set) var differing: [BarDifference] = []
    /// Ours, where the exchange says the same.
    package private(set) var agreeing: [FoldedBar] = []

    /// Compares bars inside `bars`; both lists are ascending.
    package init(exchange: [Candle], folded: [FoldedBar], in bars: IntervalSet, timeframe: Timeframe) {
        var theirs = exchange[...]
        var ours = folded[...]
        while let time = [theirs.first?.openTime, ours.first?.candle.openTime].compactMap(\.self).min() {
            let coarse = theirs.first?.openTime == time ? theirs.removeFirst() : nil
            let bar = ours.first?.candle.openTime == time ? ours.removeFirst() : nil
            if bars.contains(time) { compare(coarse, bar, timeframe) }
        }
    }

    private mutating func compare(_ coarse: Candle?, _ bar: FoldedBar?, _ timeframe: Timeframe) {
        compared += 1
        if let coarse, let bar, coarse.agrees(with: bar.candle) {
            agreeing.append(bar)
        } else {
            differing.append(BarDifference(timeframe: timeframe, coarse: coarse, folded: bar?.candle))
        }
    }
}

/// A bar of which the exchange's own form and our folded one differ; at least one of them is there.
package struct BarDifference: Sendable, Equatable {
    package let timeframe: Timeframe
    package let coarse: Candle?
    package let folded: Candle?

    package var openTime: UnixMilliseconds { coarse?.openTime ?? folded?.openTime ?? 0 }
    package var range: TimeRange { TimeRange(openTime, openTime + timeframe.milliseconds) }

    /// The same bar with what it folds to now; nil where both sides agree.
    func refolded(_ folded: Candle?) -> BarDifference? {
        if let coarse, let folded, coarse.agrees(with: folded) { return nil }
        if coarse == nil, folded == nil { return nil }
        return BarDifference(timeframe: timeframe, coarse: coarse, folded: folded)
    }

    package var disagreement: Disagreement {
        Disagreement(timeframe: timeframe, openTime: openTime, coarse: coarse, folded: folded)
    }
}

/// Reads the exchange's bars of a stretch so that a page that was cut at either end is noticed.
///
/// Pure: requests go out, answers come in. An answer that lacks the first or the last bar that we have is followed by a
/// question about just that end; where it stays away, the exchange is believed not to have it.
package struct BarRead: Sendable {
    private let range: TimeRange
    private let expected: (first: UnixMilliseconds, last: UnixMilliseconds)?
    /// Ascending.
    package private(set) var bars: [Candle] = []
    private var isAsked = false
    private var headAgreed = false
    private var tailAgreed = false

    /// `expected` are the first and the last bar of the range that our candles fold to, where there is any.
    package init(range: TimeRange, expected: (first: UnixMilliseconds, last: UnixMilliseconds)?) {
        self.range = range
        self.expected = expected
    }

    /// The next question; nil once the bars are read.
    package var request: PageRequest? {
        guard isAsked else { return page(from: range.start, through: range.end - 1) }
        guard let expected else { return nil }
        guard let first = bars.first?.openTime, let last = bars.last?.openTime else {
            // A known candle lies in one of these bars: to have none of them is no answer.
            return page(from: range.start, through: range.end - 1, witness: expected.first)
        }
        if first > expected.first, !headAgreed { return page(from: range.start, through: first) }
        if last < expected.last, !tailAgreed { return page(from: last, through: range.end - 1, witness: last) }
        return nil
    }

    package mutating func receive(_ rows: [Candle]) {
        let count = bars.count
        guard let first = bars.first?.openTime, let last = bars.last?.openTime else {
            bars = rows
            isAsked = true
            return
        }
        if let expected, first > expected.first, !headAgreed {
            bars = rows.filter { $0.openTime < first } + bars
            headAgreed = bars.count == count
        } else {
            bars += rows.filter { $0.openTime > last }
            tailAgreed = bars.count == count
        }
    }

    private func page(
        from start: UnixMilliseconds, through last: UnixMilliseconds, witness: UnixMilliseconds? = nil
    ) -> PageRequest {
        PageRequest(start: start, last: last, order: .oldestFirst, witness: witness)
    }
}

/// A candle that we keep otherwise than the exchange now has it; at least one side is there.
package struct RowDifference: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case changed, missing
        /// Only we have it.
        case madeUp = "made-up"
    }

    /// As we kept it, and as the exchange has it.
    package let old: Candle?
    package let new: Candle?

    package init(old: Candle?, new: Candle?) {
        self.old = old
        self.new = new
    }

    package var openTime: UnixMilliseconds { old?.openTime ?? new?.openTime ?? 0 }
    package var kind: Kind {
        if old == nil { return .missing }
        return new == nil ? .madeUp : .changed
    }

    /// All differences of two ascending lists; summation noise in a volume is none.
    package static func all(kept: some Sequence<Candle>, exchange: some Sequence<Candle>) -> [RowDifference] {
        var result: [RowDifference] = []
        var ours = kept.makeIterator()
        var theirs = exchange.makeIterator()
        var old = ours.next()
        var new = theirs.next()
        while old != nil || new != nil {
            let oldTime = old?.openTime ?? .max
            let newTime = new?.openTime ?? .max
            let difference = RowDifference(old: oldTime <= newTime ? old : nil, new: newTime <= oldTime ? new : nil)
            if !difference.isAgreement { result.append(difference) }
            if oldTime <= newTime { old = ours.next() }
            if newTime <= oldTime { new = theirs.next() }
        }
        return result
    }

    private var isAgreement: Bool {
        guard let old, let new else { return false }
        return old.agrees(with: new)
    }
}
