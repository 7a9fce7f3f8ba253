import Candles
import Foundation

/// `GET /v2/tickers?symbols=ALL|tBTCUSD,…`, from the newest day of candles.
///
/// - Source: <https://docs.bitfinex.com/reference/rest-public-tickers>
struct Tickers {
    let market: ReplayMarket
    let now: UnixMilliseconds

    func json(query: String) throws -> String {
        let wanted = try symbols(query)
        return JSONText.list(try wanted.compactMap(row))
    }

    private func symbols(_ query: String) throws -> [Symbol] {
        let value = query.split(separator: "&").first { $0.hasPrefix("symbols=") }?.dropFirst("symbols=".count)
        guard let list = value.map({ String($0).removingPercentEncoding ?? String($0) }), !list.isEmpty else {
            throw ParameterError.invalid("symbols")
        }
        if list == "ALL" { return market.symbols }
        let names = Set(list.split(separator: ",").map(String.init))
        return market.symbols.filter { names.contains($0.exchangeName) }
    }

    /// `[SYMBOL,BID,BID_SIZE,ASK,ASK_SIZE,DAILY_CHANGE,DAILY_CHANGE_RELATIVE,LAST_PRICE,VOLUME,HIGH,LOW]`.
    ///
    /// There is no order book: bid and ask are the last price, each with a size of 1.
    private func row(_ symbol: Symbol) throws -> String? {
        let candles = try newestDay(of: symbol)
        guard let first = candles.first, let last = candles.last else { return nil }
        let change = last.close - first.open
        let numbers = [
            last.close, 1, last.close, 1, change, change / first.open, last.close,
            candles.reduce(0) { $0 + $1.volume }, candles.map(\.high).max() ?? last.high,
            candles.map(\.low).min() ?? last.low,
        ]
        return JSONText.list([JSONText.quoted(symbol.exchangeName)] + numbers.map(JavaScriptNumber.text))
    }

    /// The candles of the 24 hours that end with the newest one, in the finest timeframe there is.
    private func newestDay(of symbol: Symbol) throws -> [Candle] {
        for timeframe in Timeframe.allCases {
            let series = Series(symbol: symbol, timeframe: timeframe)
            guard let visible = try market.visible(series, at: now), visible.count > 0 else { continue }
            let end = visible.time(at: visible.count - 1)
            let start = end - Timeframe.day1.milliseconds + timeframe.milliseconds
            return visible.indices(from: start, through: end).compactMap { Candle(printed: visible.row(at: $0)) }
        }
        return []
    }
}
