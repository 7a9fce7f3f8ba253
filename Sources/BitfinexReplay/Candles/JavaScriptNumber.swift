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
