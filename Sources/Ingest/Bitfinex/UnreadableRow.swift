package import Candles

/// A row of a page that is no candle: it hides what was between its neighbours, and nothing else.
package struct UnreadableRow: Sendable, Equatable {
    /// So many readable rows came before it, in the order of the reply.
    package var position: Int
    /// The row as it was sent, cut, without what a terminal would act on.
    package let text: String
    /// The open time that it names, where that much can be read.
    package let time: UnixMilliseconds?

    package init(position: Int, text: String, time: UnixMilliseconds?) {
        self.position = position
        self.text = text
        self.time = time
    }

    init(position: Int, bytes: ArraySlice<UInt8>) {
        let printable = bytes.prefix(Self.longest + 1).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }
        let text = String(decoding: printable.prefix(Self.longest), as: UTF8.self)
        self.init(
            position: position, text: printable.count > Self.longest ? text + "…" : text,
            time: CandlePageParser.openTime(of: bytes))
    }

    /// A candle that contradicts another of its interval, or lies off the grid.
    init(position: Int, _ candle: Candle) {
        let values = [candle.open, candle.close, candle.high, candle.low, candle.volume].map { "\($0)" }
        self.init(
            position: position, text: "[\(candle.openTime),\(values.joined(separator: ","))]", time: candle.openTime)
    }

    private static let longest = 120
}
