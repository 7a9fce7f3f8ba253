package import Candles
package import Resilience

/// What the exchange, or the way to it, did instead of answering with a page.
package enum BitfinexFault: Fault, Equatable {
    /// HTTP 429, code 11010, or the word for it in any form: the whole address is blocked for a while.
    case rateLimited(what: String, retryAfter: Duration?)
    /// Code 20060: it says itself that it is away, for minutes or hours.
    case maintenance(what: String, retryAfter: Duration?)
    /// An overloaded server, an error page of the edge.
    case unavailable(what: String, reason: String, retryAfter: Duration?)
    /// The edge refuses this address: a challenge or a block.
    case forbidden(what: String)
    /// The exchange calls our request wrong; repeating it is pointless.
    case refused(what: String, reason: String)
    /// An answer that is no page.
    case malformed(what: String, reason: String)
    /// A page without its witness, out of order or out of range: it proves nothing.
    case unproven(what: String, reason: String)
    /// A page that was made before the candle that it should hold had settled: a cache gave it.
    case stale(what: String)
    /// A page of which a row is no candle, also when it was asked for again: what it hides stays unknown.
    case unreadableRow(what: String, row: String)
    case unknownSymbol(Symbol, nearest: String?)
    /// This host's clock is ahead of the exchange's.
    case hostClockAhead(seconds: Int64)
    /// The exchange lists the symbol and has no candle of it.
    case noHistory(Series)

    package var code: String {
        switch self {
        case .rateLimited: "bitfinex-rate-limited"
        case .maintenance, .unavailable: "bitfinex-unavailable"
        case .forbidden: "bitfinex-forbidden"
        case .refused: "bitfinex-refused"
        case .malformed: "bitfinex-malformed"
        case .unproven: "bitfinex-unproven"
        case .stale: "bitfinex-stale"
        case .unreadableRow: "bitfinex-row-unreadable"
        case .unknownSymbol: "symbol-unknown"
        case .hostClockAhead: "host-clock-ahead"
        case .noHistory: "series-without-history"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .rateLimited: .rateLimited
        case .maintenance, .unavailable, .forbidden, .refused, .malformed, .hostClockAhead, .noHistory: .unavailable
        case .unproven, .unreadableRow: .suspect
        case .stale: .partial
        case .unknownSymbol: .usage
        }
    }
    package var origin: FaultOrigin {
        switch self {
        case .unknownSymbol, .hostClockAhead, .noHistory: .host
        default: .service
        }
    }

    package var disposition: Disposition {
        switch self {
        // The budget holds the next request back until the ban is over.
        case .rateLimited, .malformed, .unproven, .stale, .unreadableRow: .retryable(after: nil)
        case .unavailable(_, _, let wait): .retryable(after: wait)
        // The platform's status tells when it is of use to ask again.
        case .maintenance, .forbidden: .healable
        case .refused, .unknownSymbol, .hostClockAhead, .noHistory: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .rateLimited(let what, _): "bitfinex refused \(what): too many requests"
        case .maintenance(let what, _): "bitfinex cannot answer \(what) now: it is in maintenance (20060)"
        case .unavailable(let what, let reason, _): "bitfinex cannot answer \(what) now: \(reason)"
        case .forbidden(let what): "bitfinex's edge refuses this address (HTTP 403) for \(what)"
        case .refused(let what, let reason): "bitfinex rejects the request for \(what) as invalid: \(reason)"
        case .malformed(let what, let reason): "bitfinex's answer to \(what) is not a page of candles: \(reason)"
        case .unproven(let what, let reason): "bitfinex's answer to \(what) proves nothing: \(reason)"
        case .stale(let what): "bitfinex's answer to \(what) is older than the candle that it should hold"
        case .unreadableRow(let what, let row):
            "bitfinex's answer to \(what) has a row that is not a candle, so that its interval stays unknown: \(row)"
        case .unknownSymbol(let symbol, _): "bitfinex does not list \(symbol)"
        case .hostClockAhead(let seconds): "this host's clock is \(seconds) s ahead of bitfinex's"
        case .noHistory(let series): "bitfinex has no candles of \(series)"
        }
    }

    package var hint: String? {
        switch self {
        case .rateLimited: "wait for the ban to end, and lower BITFINEX_REQUESTS_PER_MINUTE if it comes again"
        case .maintenance: "wait for its end, or run the same command again later; what is stored stays"
        case .unavailable: "run the same command again later; what is stored stays, and no page is requested twice"
        case .forbidden: "open https://www.bitfinex.com in a browser from this address; another network may be needed"
        case .refused: "report this with the whole line: the program built a request that the exchange does not take"
        case .malformed: "run the same command again; if it stays, the exchange changed its format"
        case .unproven: "run the same command again later; 'ingest audit' compares what is stored with what it says now"
        case .stale: "run the same command again in a minute; a cache on the way gives old answers"
        case .unreadableRow:
            "run the same command again later: the rows around it are stored, and it is asked for each time"
        case .unknownSymbol(let symbol, let nearest):
            CommonName.hint(for: symbol.name)
                ?? nearest.map { "did you mean \($0)? 'ingest symbols' lists them all" }
                ?? "'ingest symbols' lists all symbols"
        case .hostClockAhead: "set the clock (timedatectl set-ntp true): minutes that have not ended would look empty"
        case .noHistory: "check the timeframe, or try again once the pair has traded"
        }
    }
}
