import Candles
import Storage

/// A page of candles as `types.d.ts` has it.
struct CandlesAnswer: Sendable, Equatable {
    let symbol: Symbol
    let length: BarLength
    let kind: BarKind
    let page: BarPage
    let proof: BarProof

    /// JSON, by hand: the columns are long, and a general encoder takes ten times as long for them.
    var json: [UInt8] {
        var writer = JSONColumns(capacity: 400 + page.bars.count * 56)
        writer.text("symbol", symbol.name)
        writer.text("timeframe", length.name)
        writer.text("kind", kind.rawValue)
        writer.number("from_ms", page.range.start)
        writer.number("to_ms", page.range.end)
        writer.number("step_ms", length.milliseconds)
        writer.column("t", page.bars, \.openTime)
        writer.column("o", page.bars, \.open)
        writer.column("h", page.bars, \.high)
        writer.column("l", page.bars, \.low)
        writer.column("c", page.bars, \.close)
        writer.column("v", page.bars, \.volume)
        writer.number("final_through_ms", proof.finalThrough)
        writer.pairs("unknown", proof.unknown.ranges.lazy.map { ($0.start, $0.end) })
        writer.number("next_before", page.nextBefore)
        writer.number("next_from", page.nextFrom)
        return writer.end()
    }

    static let schema = Schema.named(
        "Candles",
        [
            "symbol": .string,
            "timeframe": .string,
            "kind": BarKind.schema,
            "from_ms": .means(
                "The page tells of [from_ms, to_ms): no bar there is none traded, unless it is unknown.", .integer),
            "to_ms": .integer,
            "step_ms": .means("Null for 1M, whose length varies.", .nullable(.integer)),
            "t": .means("Open times; the columns are of equal length, the oldest first.", .array(.integer)),
            "o": .array(.number),
            "h": .array(.number),
            "l": .array(.number),
            "c": .array(.number),
            "v": .means("In the base currency.", .array(.number)),
            "final_through_ms": .means(
                "Bars that open before this are final, but for those that unknown touches.", .integer),
            "unknown": .means("Of which nothing is proven: [from, to].", .array(.pair(.integer))),
            "next_before": .means("For the page before this one; null at the end.", .nullable(.integer)),
            "next_from": .means("After `from`: for the page behind this one; null at the end.", .nullable(.integer)),
        ])
}
