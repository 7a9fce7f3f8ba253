import Resilience

/// A moment as milliseconds since 1970-01-01T00:00Z, the exchange's own unit.
package typealias UnixMilliseconds = Int64

extension Duration {
    /// Whole milliseconds, cut towards zero.
    package var milliseconds: Int64 {
        components.seconds.times(1000).plus(components.attoseconds / 1_000_000_000_000_000)
    }

    /// Reads a length as people say it, `45s`, `30m`, `2h` and `3d`; nil for any other text.
    package init?(said text: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.utf8.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), (1...9).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let count = Int(text.dropLast())
        else { return nil }
        self = .seconds(count * unit)
    }
}
