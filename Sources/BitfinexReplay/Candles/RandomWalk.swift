package import Candles

/// Made-up candles: a seeded random walk with quiet intervals, the same for the same settings on every machine.
package struct RandomWalk: CandleSource {
    package struct Settings: Sendable, Equatable {
        package var symbols: [Symbol]
        package var range: TimeRange
        package var timeframe: Timeframe
        package var seed: UInt64
        /// The share of intervals without a trade, 0 ..< 1.
        package var quiet: Double

        package init(
            symbols: [Symbol], range: TimeRange, timeframe: Timeframe = .minute1, seed: UInt64 = 1, quiet: Double = 0.3
        ) {
            self.symbols = symbols
            self.range = range
            self.timeframe = timeframe
            self.seed = seed
            self.quiet = quiet
        }
    }

    private let settings: Settings

    package init(_ settings: Settings) { self.settings = settings }

    package var series: [Series] {
        settings.symbols.map { Series(symbol: $0, timeframe: settings.timeframe) }
    }

    package func rows(of series: Series) throws -> CandleRows {
        var random = SplitMix64(state: settings.seed ^ RandomWalk.fingerprint(series.symbol.name))
        let quiet = UInt64(settings.quiet * 65_536)
        var rows = CandleRows()
        // In hundredths; 500.00 to 10,500.00 at first.
        var price = 50_000 + random.below(1_000_000)
        var time = settings.timeframe.ceiling(settings.range.start)
        while time < settings.range.end {
            // The first interval always traded, so that a history begins where it was told to.
            if rows.count == 0 || random.next() & 65_535 >= quiet {
                rows.append(time, printed: RandomWalk.row(time, &price, &random))
            }
            time += settings.timeframe.milliseconds
        }
        return rows
    }

    private static func row(_ time: UnixMilliseconds, _ price: inout UInt64, _ random: inout SplitMix64) -> [UInt8] {
        let step = price / 2_000 + 1
        let open = price
        let close = max(100, open + random.below(2 * step + 1) - step)
        let high = max(open, close) + random.below(step)
        let low = max(50, min(open, close) - random.below(step / 2 + 1))
        price = close
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.append(integer: UInt64(time))
        for value in [open, close, high, low] {
            text.append(UInt8(ascii: ","))
            text.append(fixedPoint: value, decimals: 2)
        }
        text.append(UInt8(ascii: ","))
        appendVolume(to: &text, &random)
        text.append(UInt8(ascii: "]"))
        return text
    }

    /// Volumes as the exchange has them: mostly up to eight decimals, now and then an exponent or summation noise.
    private static func appendVolume(to text: inout [UInt8], _ random: inout SplitMix64) {
        let units = 100 + random.below(2_000_000_000)
        switch random.below(64) {
        case 0: text.append(contentsOf: JavaScriptNumber.text(Double(1 + units % 99) / 1e8).utf8)
        case 1: text.append(contentsOf: JavaScriptNumber.text(Double(units) / 1e8 + 0.1 + 0.2).utf8)
        default: text.append(fixedPoint: units, decimals: 8)
        }
    }

    /// FNV-1a, since Swift's own hashes change from run to run.
    private static func fingerprint(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// Sebastiano Vigna's generator: tiny, and the same everywhere.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
}

extension [UInt8] {
    fileprivate mutating func append(integer value: UInt64) { append(contentsOf: String(value).utf8) }

    /// Prints `value / 10^decimals` without zeros at the end, as JavaScript would (never below 1e-6).
    fileprivate mutating func append(fixedPoint value: UInt64, decimals: Int) {
        var scale: UInt64 = 1
        for _ in 0..<decimals { scale *= 10 }
        append(integer: value / scale)
        var fraction = value % scale
        if fraction == 0 { return }
        append(UInt8(ascii: "."))
        while fraction > 0 {
            scale /= 10
            append(UInt8(ascii: "0") + UInt8(fraction / scale))
            fraction %= scale
        }
    }
}
