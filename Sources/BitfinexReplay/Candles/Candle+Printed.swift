import Candles
import NIOCore

extension Candle {
    /// Reads `[MTS,OPEN,CLOSE,HIGH,LOW,VOLUME]`; fields after these are passed over.
    init?(printed row: ByteBuffer) {
        guard let bytes = row.getBytes(at: row.readerIndex, length: row.readableBytes) else { return nil }
        var at = 1
        var fields: [Double] = []
        while at < bytes.count, fields.count < 6 {
            guard let value = Candle.number(bytes, &at) else { return nil }
            fields.append(value)
            at += 1
        }
        guard fields.count == 6 else { return nil }
        self.init(
            openTime: UnixMilliseconds(fields[0]), open: fields[1], high: fields[3], low: fields[4], close: fields[2],
            volume: fields[5])
    }

    /// `[MTS,OPEN,CLOSE,HIGH,LOW,VOLUME]` with the numbers as JavaScript prints them.
    var printed: String {
        let numbers = [open, close, high, low, volume].map { JavaScriptNumber.text($0) }
        return "[\(openTime),\(numbers.joined(separator: ","))]"
    }

    /// The number that begins at `at`, which is moved to the comma or bracket after it.
    ///
    /// An exact mantissa divided by an exact power of ten gives the nearest double (Clinger); the rest is left to the
    /// library.
    private static func number(_ bytes: [UInt8], _ at: inout Int) -> Double? {
        let start = at
        var mantissa = 0
        var digits = 0
        var decimals = 0
        var isPlain = true
        var seenPoint = false
        while at < bytes.count, bytes[at] != UInt8(ascii: ","), bytes[at] != UInt8(ascii: "]") {
            let digit = bytes[at] &- UInt8(ascii: "0")
            if digit < 10, digits < 18 {
                mantissa = mantissa * 10 + Int(digit)
                digits += 1
                if seenPoint { decimals += 1 }
            } else if bytes[at] == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else {
                isPlain = false
            }
            at += 1
        }
        if isPlain, digits > 0, mantissa < 1 << 53 { return Double(mantissa) / exactPowers[decimals] }
        return Double(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    /// 1e0 … 1e18: each is exactly a double.
    private static let exactPowers = (0...18).map { exponent in (0..<exponent).reduce(1.0) { power, _ in power * 10 } }
}

/// Prints doubles as JavaScript does: `24`, `8e-8`, `0.0072031000000000005`.
///
/// - Source: <https://tc39.es/ecma262/#sec-numeric-types-number-tostring>
package enum JavaScriptNumber {
    /// The shortest digits that read back as the same double; exponents below 1e-6 and from 1e21 only.
    package static func text(_ value: Double) -> String {
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        let (digits, point) = decompose(value.magnitude)
        return sign + layOut(digits, point: point)
    }

    /// The shortest digits, and how many of them stand before the decimal point.
    private static func decompose(_ value: Double) -> (digits: [Character], point: Int) {
        let parts = "\(value)".split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var point = mantissa[0].count + exponent
        var digits = Array(mantissa.joined())
        while digits.first == "0" {
            digits.removeFirst()
            point -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        return (digits, point)
    }

    private static func layOut(_ digits: [Character], point: Int) -> String {
        let count = digits.count
        switch point {
        case count...21: return String(digits) + zeros(point - count)
        case 1...21: return String(digits[..<point]) + "." + String(digits[point...])
        case -5...0: return "0." + zeros(-point) + String(digits)
        default:
            let exponent = point - 1
            let fraction = count == 1 ? "" : "." + String(digits[1...])
            return "\(digits[0])\(fraction)e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
        }
    }

    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
