package import Candles
package import NIOCore

/// One series as the exchange prints it: rows in ascending order, joined by commas, in one buffer.
///
/// An ascending page is one slice of the buffer, so it costs no copy and no printing.
package struct CandleRows: Sendable {
    /// Open times, strictly ascending.
    package private(set) var times: [UnixMilliseconds] = []
    /// For each row, where its comma ends.
    private var ends: [Int] = []
    private var bytes = ByteBuffer()

    package init() {}

    package var count: Int { times.count }

    /// Adds one row as printed, `[MTS,…]`; it must be newer than the last.
    package mutating func append(_ time: UnixMilliseconds, printed row: some Collection<UInt8>) {
        bytes.writeBytes(row)
        bytes.writeInteger(CandleRows.comma)
        times.append(time)
        ends.append(bytes.writerIndex)
    }

    /// Adds printed rows, each of which ends with one byte that becomes its comma.
    mutating func append(_ newTimes: [UnixMilliseconds], block: [UInt8], ends newEnds: [Int]) {
        let offset = bytes.writerIndex
        bytes.writeBytes(block)
        for end in newEnds {
            bytes.setInteger(CandleRows.comma, at: offset + end)
            ends.append(offset + end + 1)
        }
        times.append(contentsOf: newTimes)
    }

    /// Adds rows that are all newer.
    mutating func append(contentsOf other: CandleRows) {
        let offset = bytes.writerIndex
        bytes.writeImmutableBuffer(other.bytes)
        times.append(contentsOf: other.times)
        ends.append(contentsOf: other.ends.lazy.map { $0 + offset })
    }

    /// The rows' text, comma-joined, without a comma at the end.
    package func text(_ range: Range<Int>) -> ByteBuffer {
        if range.isEmpty { return ByteBuffer() }
        let start = start(of: range.lowerBound)
        return bytes.getSlice(at: start, length: ends[range.upperBound - 1] - 1 - start) ?? ByteBuffer()
    }

    /// A part of the rows, as they are printed.
    func rows(_ range: Range<Int>) -> CandleRows {
        var part = CandleRows()
        for index in range { part.append(times[index], printed: text(index..<index + 1).readableBytesView) }
        return part
    }

    package func candle(at index: Int) -> Candle? { Candle(printed: text(index..<index + 1)) }

    /// The first index whose time is at or after `time`.
    package func firstIndex(atOrAfter time: UnixMilliseconds) -> Int {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Moves every row in time, rewriting its printed open time in place.
    package mutating func shift(by milliseconds: Int64) {
        if milliseconds == 0 { return }
        for index in times.indices {
            times[index] += milliseconds
            bytes.setString(String(times[index]), at: start(of: index) + 1)
        }
    }

    private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }
    private static let comma = UInt8(ascii: ",")
}

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
