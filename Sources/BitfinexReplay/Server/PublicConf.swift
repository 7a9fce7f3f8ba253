import Candles

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
