/// A Bitfinex trading pair or perpetual as we write it: without the exchange's leading `t`.
///
/// `BTCUSD`, `DUSK:USD`, `BTCF0:USTF0`. A leading `t` is accepted and dropped. Whether the exchange lists the symbol is
/// not known here.
/// - Source: <https://docs.bitfinex.com/docs/rest-general>
package struct Symbol: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Upper case: two codes of three characters joined, or two codes around a colon; at most 32 characters in all.
    ///
    /// The rule is wide, since the exchange's own list decides: `HONGKONG50IXF0:USTF0` is one.
    package let name: String

    /// Parses what a person or the exchange wrote.
    ///
    /// - Throws: `SeriesFault.fundingSymbol` for `fUSD`, `.malformedSymbol` for anything that is no pair.
    package init(_ text: String) throws(SeriesFault) {
        var body = Substring(text)
        if body.first == "f", body.dropFirst().allSatisfy(\.isUppercaseCode) { throw .fundingSymbol(text) }
        if body.first == "t" { body = body.dropFirst() }
        let codes = body.split(separator: ":", omittingEmptySubsequences: false)
        let shaped =
            switch codes.count {
            case 1: body.utf8.count == 6
            case 2: codes.allSatisfy { !$0.isEmpty } && body.utf8.count <= 32
            default: false
            }
        guard shaped, codes.allSatisfy({ $0.allSatisfy(\.isUppercaseCode) }) else { throw .malformedSymbol(text) }
        name = String(body)
    }

    /// The name in a request: `tBTCUSD`.
    package var exchangeName: String { "t" + name }
    package var description: String { name }
    package static func < (a: Symbol, b: Symbol) -> Bool { a.name < b.name }
}

extension Character {
    fileprivate var isUppercaseCode: Bool { isASCII && (isUppercase || isNumber) }
}

/// What the world calls a currency for which the exchange has a code of its own.
package enum CommonName {
    /// - Source: <https://docs.bitfinex.com/reference/rest-public-conf>, `pub:map:currency:sym`.
    private static let codes: [String: (code: String, spoken: String)] = [
        "USDT": ("UST", "Tether"), "USDC": ("UDC", "USD Coin"), "DASH": ("DSH", "DASH"), "IOTA": ("IOT", "IOTA"),
        "MIOTA": ("IOT", "IOTA"), "ALGO": ("ALG", "ALGO"), "ATOM": ("ATO", "ATOM"), "QTUM": ("QTM", "QTUM"),
        "BCH": ("BCHN", "BCH"), "XBT": ("BTC", "Bitcoin"),
    ]
    /// In which pairs are priced; where a name has no colon, the end of it is one of these.
    private static let quotes = [
        "USDT", "USDC", "USD", "UST", "UDC", "EUR", "GBP", "JPY", "CNHT", "XAUT", "MIM", "TRY", "BTC", "ETH",
    ]

    /// How the pair that was meant is written here; nil where the text is no pair, or nothing is to be said about it.
    package static func hint(for text: String) -> String? {
        guard let (base, quote) = pair(text) else { return nil }
        let (first, second) = (codes[base]?.code ?? base, codes[quote]?.code ?? quote)
        let name = first.utf8.count == 3 && second.utf8.count == 3 ? first + second : "\(first):\(second)"
        guard let symbol = try? Symbol(name), symbol.name != text, symbol.exchangeName != text else { return nil }
        guard let found = codes[quote] ?? codes[base] else { return "write it as \(symbol)" }
        return "\(found.spoken) is \(found.code) here: \(symbol)"
    }

    private static func pair(_ text: String) -> (base: String, quote: String)? {
        let body = (text.first == "t" ? text.dropFirst() : text[...]).uppercased()
        let parts = body.split { ":-/_ ".contains($0) }.map(String.init)
        if parts.count == 2 { return (parts[0], parts[1]) }
        guard parts.count == 1, let quote = quotes.first(where: { body.hasSuffix($0) && body != $0 }) else {
            return nil
        }
        return (String(body.dropLast(quote.count)), quote)
    }
}
