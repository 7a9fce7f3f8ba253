package import Candles

/// Which symbols a bootstrap takes, of those that were named or of the curated ones.
package struct SymbolChoice: Sendable, Equatable {
    /// A name that is not taken, and why.
    package struct Skipped: Sendable, Equatable {
        package let name: String
        package let reason: String
        /// Whether a person asked for it.
        package let wasNamed: Bool
    }

    package let chosen: [Symbol]
    package let skipped: [Skipped]

    /// Holds the names against what the exchange lists; nil is the curated list.
    ///
    /// - Throws: `SeriesFault` or `BootstrapFault.unknownSymbols` for names that were named, unless errors are ignored.
    package init(named: [String]?, listed: [Symbol], ignoringErrors: Bool) throws {
        var chosen: [Symbol] = []
        var skipped: [Skipped] = []
        var unknown: [BootstrapFault.Unknown] = []
        for name in named ?? CuratedSymbols.usdPairs.map(\.name) {
            do throws(SeriesFault) {
                let symbol = try Symbol(name)
                if chosen.contains(symbol) { continue }
                if listed.contains(symbol) {
                    chosen.append(symbol)
                } else {
                    let nearest = Spelling.nearest(to: symbol.name, in: listed.map(\.name))
                    unknown.append(.init(name: symbol.name, nearest: nearest))
                    skipped.append(
                        Skipped(name: name, reason: "the exchange does not list it", wasNamed: named != nil))
                }
            } catch {
                guard ignoringErrors else { throw error }
                skipped.append(Skipped(name: name, reason: error.summary, wasNamed: true))
            }
        }
        if named != nil, !ignoringErrors, !unknown.isEmpty { throw BootstrapFault.unknownSymbols(unknown) }
        if chosen.isEmpty { throw BootstrapFault.nothingToDo }
        self.chosen = chosen
        self.skipped = skipped
    }
}

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
