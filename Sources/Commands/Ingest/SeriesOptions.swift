import ArgumentParser
import Candles
import CommandRuntime

struct SeriesOptions: ParsableArguments {
    @Option(help: "A pair or perpetual, such as BTCUSD, DUSK:USD or BTCF0:USTF0. Default: CT_SYMBOL.")
    var symbol: String?

    @Option(help: "One of 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D. Default: CT_TIMEFRAME.")
    var timeframe: String?

    @Option(help: "Symbol and timeframe together, such as BTCUSD-1m.")
    var series: String?

    /// - Throws: `SeriesFault`, `OptionsFault`.
    func resolved(_ settings: Settings) throws -> Series {
        if let series {
            if symbol != nil || timeframe != nil { throw OptionsFault.conflict("--series", "--symbol and --timeframe") }
            return try Series(series)
        }
        guard let symbol = try symbol.map({ try Symbol($0) }) ?? settings.symbol else {
            throw OptionsFault.missing("--symbol")
        }
        guard let timeframe = try timeframe.map({ try Timeframe($0) }) ?? settings.timeframe else {
            throw OptionsFault.missing("--timeframe")
        }
        return Series(symbol: symbol, timeframe: timeframe)
    }

    /// Which series a listing shows: all where nothing was named.
    func filter() throws -> @Sendable (Series) -> Bool {
        if let series {
            let wanted = try Series(series)
            return { $0 == wanted }
        }
        let symbol = try symbol.map { try Symbol($0) }
        let timeframe = try timeframe.map { try Timeframe($0) }
        return { (symbol ?? $0.symbol) == $0.symbol && (timeframe ?? $0.timeframe) == $0.timeframe }
    }
}
