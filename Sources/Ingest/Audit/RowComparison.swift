package import Candles

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
