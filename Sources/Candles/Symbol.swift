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
