package import Candles
import Glibc

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

private let powersOfTen: InlineArray<23, Double> = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

extension CandlePageParser {
    /// One JSON number as its nearest double.
    ///
    /// Where mantissa and power of ten are both exact doubles, one rounding gives the nearest (Clinger 1990); the rest goes
    /// to `strtod`.
    @inline(__always)
    static func decimal(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Double {
        let start = index
        let negative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        var mantissa: UInt64 = 0
        var significant = 0
        let whole = try digits(bytes, &index, &mantissa, &significant)
        if whole > 1, bytes[index - whole] == UInt8(ascii: "0") {
            throw Malformed(offset: start, reason: "leading zero")
        }
        var exponent = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            exponent = -(try digits(bytes, &index, &mantissa, &significant))
        }
        if index < bytes.count, bytes[index] | 32 == UInt8(ascii: "e") { exponent += try power(bytes, &index) }
        // `significant` counts digits, not their value: past 19 of them the mantissa may have wrapped around.
        if significant <= 19, mantissa <= 1 << 53, -22...22 ~= exponent {
            let value =
                exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
            return negative ? -value : value
        }
        return try nearestDouble(bytes, start, index)
    }

    @inline(__always)
    private static func digits(
        _ bytes: Span<UInt8>, _ index: inout Int, _ mantissa: inout UInt64, _ significant: inout Int
    ) throws(Malformed) -> Int {
        let start = index
        while index < bytes.count {
            let digit = bytes[index] &- 48
            guard digit < 10 else { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            if mantissa != 0 { significant += 1 }
            index += 1
        }
        if index == start { throw Malformed(offset: index, reason: "digit expected") }
        return index - start
    }

    private static func power(_ bytes: Span<UInt8>, _ index: inout Int) throws(Malformed) -> Int {
        index += 1
        let negative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if index < bytes.count, negative || bytes[index] == UInt8(ascii: "+") { index += 1 }
        var magnitude: UInt64 = 0
        var significant = 0
        _ = try digits(bytes, &index, &magnitude, &significant)
        let bounded = significant > 5 ? 99_999 : Int(magnitude)
        return negative ? -bounded : bounded
    }

    /// The C library's own rounding, for the few numbers with many digits.
    private static func nearestDouble(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(Malformed) -> Double {
        guard end - start <= 400 else { throw Malformed(offset: start, reason: "number of over 400 characters") }
        var text: [CChar] = []
        text.reserveCapacity(end - start + 1)
        for index in start..<end { text.append(CChar(bitPattern: bytes[index])) }
        text.append(0)
        let value = unsafe strtod(text, nil)
        guard value.isFinite else { throw Malformed(offset: start, reason: "number out of range") }
        return value
    }
}
