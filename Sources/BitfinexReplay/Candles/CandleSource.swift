package import Candles

/// Where the replay's candles come from.
package protocol CandleSource: Sendable {
    /// The series that it has itself, finest timeframe of a symbol first.
    var series: [Series] { get }
    /// All rows of one of `series`; blocks while it reads or generates.
    func rows(of series: Series) throws -> CandleRows
}
