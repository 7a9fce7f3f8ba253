import Candles
import Foundation
import Resilience

/// The paths of Bitfinex's public API v2 that the replay knows.
struct PublicAPI {
    let market: ReplayMarket
    let now: UnixMilliseconds

    func reply(to request: ArrivedRequest, _ faults: [FaultEffect]) -> ReplayReply {
        do {
            return try page(request, faults) ?? other(request)
        } catch let error as ParameterError {
            return error.reply
        } catch {
            let summary = (error as? any Fault)?.summary ?? "\(error)"
            return .json("[\"error\",10001,\(JSONText.quoted(summary))]", status: 500)
        }
    }

    private func page(_ request: ArrivedRequest, _ faults: [FaultEffect]) throws -> ReplayReply? {
        guard request.method == "GET", let wanted = try CandleRequest(path: request.path, query: request.query) else {
            return nil
        }
        var moment = now
        for case .asOf(let seconds) in faults { moment = min(moment, now - Int64(seconds) * 1000) }
        guard let series = wanted.series, let visible = try market.visible(series, at: moment) else {
            return .json("[]")
        }
        if wanted.section == .last { return last(visible) }
        return PublicAPI.page(wanted, in: visible, faults)
    }

    private func last(_ visible: VisibleRows) -> ReplayReply {
        if visible.count == 0 { return .json("[]") }
        return ReplayReply(body: [visible.row(at: visible.count - 1)], rows: 1)
    }

    private static func page(
        _ request: CandleRequest, in visible: VisibleRows, _ faults: [FaultEffect]
    ) -> ReplayReply {
        var maximum = Int.max
        for case .pageLimit(let limit) in faults { maximum = min(maximum, limit) }
        var request = request
        if faults.contains(.sortIgnored) { request.ascending = false }
        var withdrawn: [ClosedRange<UnixMilliseconds>] = []
        for case .withdrawn(let from, let through) in faults {
            withdrawn.append(min(from, through)...max(from, through))
        }
        let page = CandlePage(request, in: visible, maximum: maximum, without: withdrawn)
        let edits = faults.compactMap { if case .rows(let edit) = $0 { edit } else { nil } }
        if edits.isEmpty { return page.reply }
        var rows = page.rows
        for edit in edits { edit.apply(to: &rows, of: request) }
        return CandlePage.reply(rows)
    }

    private func other(_ request: ArrivedRequest) throws -> ReplayReply {
        let path = request.path.removingPercentEncoding ?? request.path
        guard request.method == "GET" else { return .cannotGet(path) }
        if path == "/v2/platform/status" { return .json("[1]") }
        if path == "/v2/tickers" { return .json(try Tickers(market: market, now: now).json(query: request.query)) }
        let conf = "/v2/conf/"
        if path.hasPrefix(conf) { return .json(PublicConf(symbols: market.symbols).json(path.dropFirst(conf.count))) }
        return .cannotGet(path)
    }
}

/// `GET /v2/conf/{labels}`: what is listed, one list a label.
///
/// - Source: <https://docs.bitfinex.com/reference/rest-public-conf>
struct PublicConf {
    let symbols: [Symbol]

    func json(_ labels: Substring) -> String { JSONText.list(labels.split(separator: ",").map(list)) }

    private func list(_ label: Substring) -> String {
        switch label {
        case "pub:list:pair:exchange", "pub:list:pair:margin": JSONText.list(pairs.map { JSONText.quoted($0.name) })
        case "pub:list:pair:futures": JSONText.list(perpetuals.map { JSONText.quoted($0.name) })
        case "pub:info:pair": JSONText.list(pairs.map { info($0, trailing: "null,null,null,null,null,null,null") })
        case "pub:info:pair:futures": JSONText.list(perpetuals.map { info($0, trailing: "null,null,null,0.01,0.005") })
        case "pub:list:currency": JSONText.list(currencies.map(JSONText.quoted))
        case "pub:map:currency:sym": JSONText.list(currencies.compactMap(commonName))
        default: "[]"
        }
    }

    private var pairs: [Symbol] { symbols.filter { !$0.isPerpetual } }
    private var perpetuals: [Symbol] { symbols.filter(\.isPerpetual) }
    private var currencies: [String] { Set(symbols.flatMap { [$0.codes.base, $0.codes.quote] }).sorted() }

    /// The smallest and largest order are made up.
    private func info(_ symbol: Symbol, trailing: String) -> String {
        "[\(JSONText.quoted(symbol.name)),[null,null,null,\"0.00004\",\"2000.0\",\(trailing)]]"
    }

    private func commonName(_ code: String) -> String? {
        PublicConf.commonNames[code].map { "[\(JSONText.quoted(code)),\(JSONText.quoted($0))]" }
    }

    /// The exchange's own codes, where the world uses others.
    private static let commonNames = [
        "ALG": "ALGO", "ATO": "ATOM", "BCHN": "BCH", "DSH": "DASH", "IOT": "IOTA", "QTM": "QTUM", "UDC": "USDC",
        "UST": "USDt", "BTCF0": "BTC-PERP", "ETHF0": "ETH-PERP", "USTF0": "USDt",
    ]
}

extension Symbol {
    /// Whether it is a perpetual contract, as `BTCF0:USTF0` is.
    fileprivate var isPerpetual: Bool { name.contains("F0") }

    fileprivate var codes: (base: String, quote: String) {
        let parts = name.split(separator: ":")
        if parts.count == 2 { return (String(parts[0]), String(parts[1])) }
        return (String(name.prefix(3)), String(name.suffix(3)))
    }
}

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
