import Candles

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
