package import Candles

/// What a job met that keeps it from nothing, and that a person should know.
package enum IngestWarning: Sendable, Equatable, CustomStringConvertible {
    /// A row that is no candle; `hides` is what stays unknown between its neighbours.
    case unreadableRow(Series, row: String)
    /// A row that came once more, word for word.
    case repeatedRow(Series, row: String)
    /// Candles that were kept as final, and that the exchange no longer has.
    case withdrawn(Series, [UnixMilliseconds])
    /// The first candle is another than the one that was believed to be.
    case beginning(Series, was: UnixMilliseconds, is: UnixMilliseconds)
    /// The exchange lists the pair no more, and answers nothing to its own candle.
    case gone(Series, witness: UnixMilliseconds)
    /// It lists the pair again.
    case back(Series)
    /// This host's clock is behind the exchange's.
    case hostClockBehind(seconds: Int64)

    package var description: String {
        switch self {
        case .unreadableRow(let series, let row):
            "\(series): a row is no candle, and everything between its neighbours stays unknown: \(row)"
        case .repeatedRow(let series, let row): "\(series): a row came twice, and counts once: \(row)"
        case .withdrawn(let series, let times):
            """
            \(series): the exchange has withdrawn \(times.count == 1 ? "a candle" : "\(times.count) candles") \
            (\(Self.list(times))); what was kept is in the table revisions
            """
        case .beginning(let series, let old, let new):
            """
            \(series): it begins with the candle of \(new.iso8601), not of \(old.iso8601); \
            'ingest backfill' asks for what is unknown between
            """
        case .gone(let series, let witness):
            """
            \(series) is gone: the exchange does not list \(series.symbol), and answers nothing to its own candle of \
            \(witness.iso8601). What is kept stays; its list is read once a day
            """
        case .back(let series): "\(series): the exchange lists \(series.symbol) again"
        case .hostClockBehind(let seconds):
            """
            this host's clock is \(seconds) s behind bitfinex's: the newest candles are asked for that much later. \
            Set it (timedatectl set-ntp true)
            """
        }
    }

    private static func list(_ times: [UnixMilliseconds]) -> String {
        times.prefix(5).map(\.iso8601).joined(separator: ", ") + (times.count > 5 ? ", …" : "")
    }
}
