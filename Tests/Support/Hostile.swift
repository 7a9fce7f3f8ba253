/// Draws what a hostile or broken other side may say: numbers at their ends, odd tokens, and texts that were good before.
package struct Hostile: Sendable {
    package var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// As many cases as a run may take, with the seed printed first: what ends the process cannot print it any more.
    package static func cases(_ usual: Int = 20_000, long: Int = 1_000_000, _ body: (inout Hostile) throws -> Void)
        rethrows
    {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var hostile = Hostile(seed: seed)
        for _ in 0..<Effort.rounds(usual, long: long) { try body(&hostile) }
    }

    private static let ends: [Int64] = [
        .min, .min + 1, .max, .max - 1, -1, 0, 1, 1 << 53, -(1 << 53), 1 << 62, 9_999_999_999_999_999,
        253_402_300_800_000,
        -62_135_596_800_001, Int64(Int32.max), Int64(Int32.min), .max / 1000, .max / 1000 + 1, .min / 1000, 86_400_000,
    ]

    /// An integer, one time in two at an end of something.
    package mutating func integer() -> Int64 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1: Self.ends.randomElement(using: &random) ?? 0
        case 2: Int64.random(in: .min ... .max, using: &random)
        default: Int64.random(in: -1_000...2_000_000_000_000, using: &random)
        }
    }

    /// A number as somebody may print it, or what is none.
    package mutating func number() -> String {
        let odd = [
            "1e308", "1e999", "-1e999", "1e-999", "0.1e1", "-0", "null", "NaN", "Infinity", "\"\"", "{}", "[]", "true",
            "99999999999999999999999999", "-99999999999999999999999999", "0x10", "1.5", "-1.5", "1e18", "9.3e18", "00",
            "\"9223372036854775807\"", "1790134380000",
        ]
        return switch Int.random(in: 0..<3, using: &random) {
        case 0: odd.randomElement(using: &random) ?? "0"
        case 1: "\(Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random)))"
        default: "\(integer())"
        }
    }

    /// The text with some of its numbers exchanged, and one time in four with bytes lost, doubled or changed.
    package mutating func mutated(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            let digits = rest.prefix { ($0 >= 48 && $0 < 58) || $0 == 46 }
            if digits.isEmpty {
                result.append(byte)
                rest = rest.dropFirst()
            } else {
                let isKept = Int.random(in: 0..<4, using: &random) > 0
                result += isKept ? Array(digits) : Array(number().utf8)
                rest = rest[digits.endIndex...]
            }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { damage(&result) }
        return result
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = bytes.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            default: bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
        }
    }

    /// A value of a header that is read: a number, a date of any of the three forms, or neither.
    package mutating func header() -> String {
        let dates = [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
        ]
        return switch Int.random(in: 0..<4, using: &random) {
        case 0: "\(integer())"
        case 1: dates.randomElement(using: &random) ?? ""
        case 2: String(decoding: mutated(dates.randomElement(using: &random) ?? ""), as: UTF8.self)
        default: number()
        }
    }
}
