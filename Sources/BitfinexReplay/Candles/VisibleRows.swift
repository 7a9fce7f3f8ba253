package import Candles
package import NIOCore

/// The rows of a series that exist by now: the first `count` settled ones, and perhaps the one that forms.
package struct VisibleRows: Sendable {
    private let settled: CandleRows
    private let settledCount: Int
    private let forming: CandleRows

    init(settled: CandleRows, count: Int, forming: CandleRows = CandleRows()) {
        self.settled = settled
        settledCount = count
        self.forming = forming
    }

    package var count: Int { settledCount + forming.count }

    package func time(at index: Int) -> UnixMilliseconds {
        index < settledCount ? settled.times[index] : forming.times[index - settledCount]
    }

    /// The rows from `start` to `end`, both inclusive, either open.
    package func indices(from start: UnixMilliseconds?, through end: UnixMilliseconds?) -> Range<Int> {
        let low = start.map { firstIndex(atOrAfter: $0) } ?? 0
        let high = end.map { $0 == .max ? count : firstIndex(atOrAfter: $0 + 1) } ?? count
        return low..<max(low, high)
    }

    /// The rows' text in ascending order, comma-joined: one slice, or two where the forming row is among them.
    package func text(_ range: Range<Int>) -> [ByteBuffer] {
        let fromSettled = range.clamped(to: 0..<settledCount)
        var pieces = fromSettled.isEmpty ? [] : [settled.text(fromSettled)]
        if range.upperBound > settledCount, !range.isEmpty {
            if !pieces.isEmpty { pieces.append(ByteBuffer(string: ",")) }
            pieces.append(forming.text(0..<1))
        }
        return pieces
    }

    package func row(at index: Int) -> ByteBuffer {
        index < settledCount ? settled.text(index..<index + 1) : forming.text(0..<1)
    }

    private func firstIndex(atOrAfter time: UnixMilliseconds) -> Int {
        let index = settled.firstIndex(atOrAfter: time)
        if index < settledCount { return index }
        return settledCount + forming.firstIndex(atOrAfter: time)
    }
}
