package import Candles

/// What the exchange answered to a question for candles, and how far it can be believed.
package struct PageAnswer: Sendable, Equatable {
    /// In the order asked for.
    package var rows: [Candle]
    /// What stands between the rows and is no candle.
    package var unreadable: [UnreadableRow]
    /// Rows that came once more, word for word, and were dropped.
    package var repeated: [UnreadableRow]
    /// The answer says nothing final of what ends after this: 60 s before it was made.
    package var provesTo: UnixMilliseconds

    /// An answer as it is believed; `provesTo` is the last word by default.
    package init(
        rows: [Candle], unreadable: [UnreadableRow] = [], repeated: [UnreadableRow] = [],
        provesTo: UnixMilliseconds = .max
    ) {
        self.rows = rows
        self.unreadable = unreadable
        self.repeated = repeated
        self.provesTo = provesTo
    }

    /// Sorts a page as it was sent: exact repetitions go, and rows off the grid or in conflict count as unreadable.
    package init(
        sent rows: [Candle], unreadable: [UnreadableRow], timeframe: Timeframe, order: PageRequest.Order,
        madeAt: UnixMilliseconds
    ) {
        self.init(
            rows: rows, unreadable: unreadable, provesTo: timeframe.settledBoundary(at: madeAt))
        if !Self.isClean(rows, timeframe, order) { sort(timeframe) }
    }

    private static func isClean(_ rows: [Candle], _ timeframe: Timeframe, _ order: PageRequest.Order) -> Bool {
        var previous: UnixMilliseconds?
        for row in rows {
            if let previous, order == .oldestFirst ? row.openTime <= previous : row.openTime >= previous {
                return false
            }
            if row.openTime % timeframe.milliseconds != 0 { return false }
            previous = row.openTime
        }
        return true
    }

    private mutating func sort(_ timeframe: Timeframe) {
        var first: [UnixMilliseconds: Int] = [:]
        var isInConflict: Set<UnixMilliseconds> = []
        for (index, row) in rows.enumerated() {
            if let known = first[row.openTime] {
                if rows[known] != row { isInConflict.insert(row.openTime) }
            } else {
                first[row.openTime] = index
            }
        }
        var good: [Candle] = []
        var bad: [UnreadableRow] = []
        var others = unreadable[...]
        for (index, row) in rows.enumerated() {
            while let other = others.first, other.position <= index {
                bad.append(UnreadableRow(position: good.count, text: other.text, time: other.time))
                others.removeFirst()
            }
            if row.openTime % timeframe.milliseconds != 0 || isInConflict.contains(row.openTime) {
                bad.append(UnreadableRow(position: good.count, row))
            } else if first[row.openTime] != index {
                repeated.append(UnreadableRow(position: good.count, row))
            } else {
                good.append(row)
            }
        }
        bad += others.map { UnreadableRow(position: good.count, text: $0.text, time: $0.time) }
        rows = good
        unreadable = bad
    }

    /// The open times of all rows of which that much can be read, in the order of the reply.
    package var times: [UnixMilliseconds] {
        var times: [UnixMilliseconds] = []
        var others = unreadable[...]
        for (index, row) in rows.enumerated() {
            while let other = others.first, other.position <= index {
                if let time = other.time { times.append(time) }
                others.removeFirst()
            }
            times.append(row.openTime)
        }
        return times + others.compactMap(\.time)
    }

    /// Rows of any kind.
    package var count: Int { rows.count + unreadable.count }
}
