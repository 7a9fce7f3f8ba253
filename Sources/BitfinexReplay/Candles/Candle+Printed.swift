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
