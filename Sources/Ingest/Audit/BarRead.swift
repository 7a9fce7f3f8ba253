package import Candles

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
