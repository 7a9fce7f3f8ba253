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
