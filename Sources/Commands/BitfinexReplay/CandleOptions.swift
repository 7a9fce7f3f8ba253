import ArgumentParser
import BitfinexReplay
import Candles
import Foundation

/// What is served.
struct CandleOptions: ParsableArguments {
    @Option(
        help: "Folder of SYMBOL_TIMEFRAME_YEAR.jsonl.gz files; a colon may be written as an underscore.")
    var data: String?
    @Option(help: "Symbols to generate candles for, such as BTCUSD,ETHUSD.")
    var generate: String?
    @Option(help: "Start of the generated candles (default: 30 days before their end).")
    var from: String?
    @Option(help: "End of the generated candles, exclusive (default: tomorrow, so that new ones keep appearing).")
    var to: String?
    @Option(help: "Seed of the generated candles.")
    var seed: UInt64 = 1
    @Option(help: "Share of the generated intervals without a trade, from 0 to 0.99.")
    var quiet = 0.3
    @Option(help: "Timeframe of the generated candles; longer ones are folded from it.")
    var generateTimeframe = "1m"
    @Flag(help: "Move each recording by whole days, so that it ends now. Later candles appear as time passes.")
    var shiftToNow = false
    @Flag(help: "Serve the row of the current interval as it was recorded, from the start of the interval.")
    var wholeForming = false

    func validate() throws {
        if data == nil, generate ?? "" == "" {
            throw ValidationError("there is nothing to serve: name a folder with --data, or symbols with --generate")
        }
        if data != nil, generate != nil { throw ValidationError("--data and --generate exclude each other") }
        guard (0...0.99).contains(quiet) else {
            throw ValidationError("--quiet is '\(quiet)', but must be from 0 to 0.99")
        }
        if let start = try CandleOptions.time(from, "--from"), let end = try CandleOptions.time(to, "--to"),
            start >= end
        {
            throw ValidationError("--from is '\(from ?? "")', but must be before --to")
        }
    }

    /// - Throws: `SeriesFault` or `ReplayFault`.
    func source(now: UnixMilliseconds) throws -> any CandleSource {
        if let data { return try RecordedFolder(URL(filePath: data)) }
        let timeframe = try Timeframe(generateTimeframe)
        let day = Timeframe.day1.milliseconds
        let end = try CandleOptions.time(to, "--to") ?? timeframe.floor(now + day)
        let start = try CandleOptions.time(from, "--from") ?? end - 30 * day
        let symbols = try (generate ?? "").split(separator: ",").map { try Symbol(String($0)) }
        return RandomWalk(
            .init(symbols: symbols, range: TimeRange(start, end), timeframe: timeframe, seed: seed, quiet: quiet))
    }

    /// Row times are printed and moved in thirteen digits.
    private static let thirteenDigits: Range<UnixMilliseconds> = 1_000_000_000_000..<10_000_000_000_000

    /// The time that an option names, if it is given.
    static func time(_ text: String?, _ option: String) throws -> UnixMilliseconds? {
        guard let text else { return nil }
        guard let time = try? UnixMilliseconds(iso8601: text) else {
            throw ValidationError("\(option) is '\(text)', but must be as 2024-01-31 or 2024-01-31T12:00:00Z")
        }
        guard CandleOptions.thirteenDigits.contains(time) else {
            throw ValidationError("\(option) is '\(text)', but must be between the years 2002 and 2285")
        }
        return time
    }
}
