package import Candles

/// Reads a page of candles, `[[MTS, OPEN, CLOSE, HIGH, LOW, VOLUME], …]`, straight from its bytes.
///
/// Some thirty times faster than a general JSON decoder, and as strict: each number becomes the nearest double of what was
/// printed. Fields after the sixth are skipped, since the exchange may append some.
/// - Source: <https://docs.bitfinex.com/reference/rest-public-candles>; array order is open, **close**, high, low.
package enum CandlePageParser {
    /// Where the bytes stop being a page, and why.
    package struct Malformed: Error, Equatable {
        package let offset: Int
        package let reason: String

        package init(offset: Int, reason: String) {
            self.offset = offset
            self.reason = reason
        }
    }

    /// The rows in the order of the reply; neither order nor range is checked here.
    ///
    /// - Throws: `Malformed`, also for a row that cannot be read, and a page that ends early or goes on after its end.
    package static func candles(in page: [UInt8]) throws(Malformed) -> [Candle] {
        try rows(in: page) { (_, malformed, _) throws(Malformed) in throw malformed }
    }

    /// The rows in the order of the reply, and those that cannot be read, each with the number of readable ones before it.
    ///
    /// - Throws: `Malformed` for what is no list, ends early, or goes on after its end.
    package static func page(in page: [UInt8]) throws(Malformed) -> (candles: [Candle], unreadable: [UnreadableRow]) {
        var unreadable: [UnreadableRow] = []
        let candles = try rows(in: page) { (count, _, bytes) throws(Malformed) in
            unreadable.append(UnreadableRow(position: count, bytes: bytes))
        }
        return (candles, unreadable)
    }

    /// `onUnreadable` is told how many rows were read before, why the row cannot be read, and its bytes.
    private static func rows(
        in page: [UInt8], onUnreadable: (Int, Malformed, ArraySlice<UInt8>) throws(Malformed) -> Void
    ) throws(Malformed) -> [Candle] {
        let bytes = page.span
        var index = 0
        var candles: [Candle] = []
        candles.reserveCapacity(page.count / 48)
        try expect(UInt8(ascii: "["), bytes, &index)
        skipSpace(bytes, &index)
        if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
            index += 1
        } else {
            repeat {
                skipSpace(bytes, &index)
                let start = index
                do {
                    candles.append(try row(bytes, &index))
                } catch {
                    index = start
                    try skipValue(bytes, &index)
                    if index == start { throw error }
                    try onUnreadable(candles.count, error, page[start..<index])
                }
            } while try goesOn(bytes, &index)
        }
        skipSpace(bytes, &index)
        if index != bytes.count { throw Malformed(offset: index, reason: "bytes after the end of the page") }
        return candles
    }

    private static func row(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Candle {
        try expect(UInt8(ascii: "["), bytes, &index)
        let openTime = try milliseconds(bytes, &index)
        try expect(UInt8(ascii: ","), bytes, &index)
        let open = try value(bytes, &index)
        try expect(UInt8(ascii: ","), bytes, &index)
        let close = try value(bytes, &index)
        try expect(UInt8(ascii: ","), bytes, &index)
        let high = try value(bytes, &index)
        try expect(UInt8(ascii: ","), bytes, &index)
        let low = try value(bytes, &index)
        try expect(UInt8(ascii: ","), bytes, &index)
        let volume = try value(bytes, &index)
        while try goesOn(bytes, &index) { try skipValue(bytes, &index) }
        return Candle(openTime: openTime, open: open, high: high, low: low, close: close, volume: volume)
    }

    /// The time with which a row begins, also where the rest of it cannot be read.
    static func openTime(of row: ArraySlice<UInt8>) -> UnixMilliseconds? {
        let row = Array(row)
        var index = 0
        do {
            try expect(UInt8(ascii: "["), row.span, &index)
            let time = try milliseconds(row.span, &index)
            skipSpace(row.span, &index)
            return index < row.count && [UInt8(ascii: ","), UInt8(ascii: "]")].contains(row[index]) ? time : nil
        } catch {
            return nil
        }
    }

    private static func milliseconds(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Int64 {
        skipSpace(bytes, &index)
        let start = index
        var time: Int64 = 0
        while index < bytes.count, bytes[index] &- 48 < 10 {
            time = time &* 10 &+ Int64(bytes[index] &- 48)
            index += 1
        }
        guard (1...15).contains(index - start) else {
            throw Malformed(offset: start, reason: "no time in milliseconds")
        }
        return time
    }

    @inline(__always)
    private static func value(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Double {
        skipSpace(bytes, &index)
        return try decimal(bytes, &index)
    }

    /// After an element: true at a comma, false past the closing bracket.
    private static func goesOn(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Bool {
        skipSpace(bytes, &index)
        guard index < bytes.count else { throw Malformed(offset: index, reason: "the page ends early") }
        defer { index += 1 }
        switch bytes[index] {
        case UInt8(ascii: ","): return true
        case UInt8(ascii: "]"): return false
        default: throw Malformed(offset: index, reason: "',' or ']' expected")
        }
    }

    @inline(__always)
    private static func expect(_ byte: UInt8, _ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) {
        skipSpace(bytes, &index)
        guard index < bytes.count else { throw Malformed(offset: index, reason: "the page ends early") }
        guard bytes[index] == byte else {
            throw Malformed(offset: index, reason: "'\(Character(UnicodeScalar(byte)))' expected")
        }
        index += 1
    }

    @inline(__always)
    private static func skipSpace(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count, bytes[index] <= 32 { index += 1 }
    }

    /// Passes over one JSON value of any kind.
    private static func skipValue(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) {
        var depth = 0
        var quoted = false
        while index < bytes.count {
            let byte = bytes[index]
            if quoted {
                if byte == UInt8(ascii: "\\") { index += 1 }
                if byte == UInt8(ascii: "\"") { quoted = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): quoted = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if depth == 0 { return }
                    depth -= 1
                case UInt8(ascii: ","): if depth == 0 { return }
                default: break
                }
            }
            index += 1
        }
        throw Malformed(offset: index, reason: "the page ends early")
    }
}
