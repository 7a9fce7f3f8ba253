package import Candles

/// The pairs that bootstrap takes where none is named: common ones against the dollar, as Bitfinex writes them.
///
/// Pairs come and go: what the exchange does not list is left out, with a note.
/// - Source: <https://docs.bitfinex.com/docs/symbols>
package enum CuratedSymbols {
    package static let usdPairs: [Symbol] = [
        "BTCUSD", "ETHUSD", "XRPUSD", "LTCUSD", "SOLUSD", "ADAUSD", "DOGE:USD", "DOTUSD", "LINK:USD", "AVAX:USD",
        "TRXUSD",
        "XLMUSD", "UNIUSD", "ATOUSD", "XMRUSD", "ETCUSD", "FILUSD", "NEOUSD", "IOTUSD", "EOSUSD",
    ].compactMap { try? Symbol($0) }  // A test holds that each of them is one.
}
