package import Resilience

/// One history: a symbol at a timeframe, written `BTCUSD-1m`.
package struct Series: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let symbol: Symbol
    package let timeframe: Timeframe

    package init(symbol: Symbol, timeframe: Timeframe) {
        self.symbol = symbol
        self.timeframe = timeframe
    }

    /// Parses `BTCUSD-1m`, split at the last dash: what a systemd unit's `%i` gives.
    package init(_ text: String) throws(SeriesFault) {
        guard let dash = text.lastIndex(of: "-") else { throw .malformedSeries(text) }
        symbol = try Symbol(String(text[..<dash]))
        timeframe = try Timeframe(String(text[text.index(after: dash)...]))
    }

    package var description: String { "\(symbol)-\(timeframe)" }
    package static func < (a: Series, b: Series) -> Bool { (a.symbol, a.timeframe) < (b.symbol, b.timeframe) }
}

/// A name of a symbol, timeframe, series or time that cannot be understood.
package enum SeriesFault: Fault, Equatable {
    case malformedSymbol(String)
    case fundingSymbol(String)
    case unknownTimeframe(String, nearest: String?)
    case derivedTimeframe(String)
    case malformedSeries(String)
    case malformedTime(String)

    package var code: String {
        switch self {
        case .malformedSymbol: "symbol-malformed"
        case .fundingSymbol: "symbol-funding"
        case .unknownTimeframe: "timeframe-unknown"
        case .derivedTimeframe: "timeframe-derived"
        case .malformedSeries: "series-malformed"
        case .malformedTime: "time-malformed"
        }
    }
    package var kind: FaultKind { .usage }
    package var disposition: Disposition { .permanent }
    package var summary: String {
        switch self {
        case .malformedSymbol(let text): "'\(text)' is not a symbol"
        case .fundingSymbol(let text): "'\(text)' is a funding currency, and funding candles are not kept"
        case .unknownTimeframe(let text, _): "'\(text)' is not a timeframe"
        case .derivedTimeframe(let text):
            "the exchange's own history of '\(text)' is corrupt, so it cannot be backfilled"
        case .malformedSeries(let text): "'\(text)' is not a series"
        case .malformedTime(let text): "'\(text)' is not a time"
        }
    }
    package var hint: String? {
        switch self {
        case .malformedSymbol(let text):
            CommonName.hint(for: text)
                ?? "write a pair as in BTCUSD, DUSK:USD or BTCF0:USTF0, in upper case; 'ingest symbols' lists them"
        case .fundingSymbol: "name a trading pair, such as BTCUSD"
        case .unknownTimeframe(_, let nearest?): "did you mean '\(nearest)'?"
        case .unknownTimeframe: "use one of \(Timeframe.allCases.map(\.rawValue).joined(separator: ", "))"
        case .derivedTimeframe: "backfill 1D: weeks, 14 days and months are made of whole days"
        case .malformedSeries: "write symbol and timeframe with a dash, as in BTCUSD-1m"
        case .malformedTime: "write ISO 8601, as in 2024-01-31 or 2024-01-31T12:00:00Z"
        }
    }
}
