import Glibc

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
