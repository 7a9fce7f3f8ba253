import Candles
import Ingest
import Resilience
import Testing

@Suite("Bootstrap") struct BootstrapTests {
    @Suite("Choice of symbols") struct ChoiceTests {
        private let listed = ["BTCUSD", "ETHUSD", "DUSK:USD", "SOLUSD"].compactMap { try? Symbol($0) }

        @Test func `the curated list is about twenty dollar pairs, each of them a symbol`() {
            #expect(CuratedSymbols.usdPairs.count == 20)
            #expect(Set(CuratedSymbols.usdPairs).count == 20)
            #expect(CuratedSymbols.usdPairs.allSatisfy { $0.name.hasSuffix("USD") })
        }

        @Test func `without names it takes what the exchange lists of the curated ones, and says what it leaves out`()
            throws
        {
            let choice = try SymbolChoice(named: nil, listed: listed, ignoringErrors: false)
            #expect(choice.chosen.map(\.name) == ["BTCUSD", "ETHUSD", "SOLUSD"])
            #expect(choice.skipped.count == 17)
            #expect(choice.skipped.allSatisfy { !$0.wasNamed })
        }

        @Test func `names are taken once, in their order`() throws {
            let choice = try SymbolChoice(
                named: ["DUSK:USD", "tBTCUSD", "BTCUSD"], listed: listed, ignoringErrors: false)
            #expect(choice.chosen.map(\.name) == ["DUSK:USD", "BTCUSD"])
        }

        @Test func `all unknown names are reported at once, with the nearest that are listed`() throws {
            let fault = #expect(throws: BootstrapFault.self) {
                try SymbolChoice(named: ["BTCUSX", "ETHUSD", "SOLUSF"], listed: listed, ignoringErrors: false)
            }
            #expect(fault?.summary == "bitfinex does not list BTCUSX, SOLUSF")
            #expect(fault?.hint == "did you mean BTCUSD, SOLUSD?")
            #expect(fault?.code == "symbol-unknown")
        }

        @Test func `ignoring errors leaves out what is unknown or no symbol`() throws {
            let choice = try SymbolChoice(
                named: ["BTCUSX", "btc", "ETHUSD"], listed: listed, ignoringErrors: true)
            #expect(choice.chosen.map(\.name) == ["ETHUSD"])
            #expect(choice.skipped.map(\.name) == ["BTCUSX", "btc"])
            #expect(throws: SeriesFault.malformedSymbol("btc")) {
                try SymbolChoice(named: ["btc"], listed: listed, ignoringErrors: false)
            }
        }

        @Test func `nothing left is an error`() {
            #expect(throws: BootstrapFault.nothingToDo) {
                try SymbolChoice(named: ["BTCUSX"], listed: listed, ignoringErrors: true)
            }
        }
    }

    @Suite("Env files and timers") struct InstanceTests {
        private func instance(_ series: String, gapRepair: Bool = true) throws -> BootstrapInstance {
            BootstrapInstance(try Series(series), gapRepair: gapRepair)
        }

        @Test func `files and timers are named as the units expect`() throws {
            let instance = try instance("DUSK:USD-1m")
            #expect(
                instance.files.map(\.name) == [
                    "bitfinex-backfill-DUSK:USD-1m.env", "bitfinex-gap-repair-DUSK:USD-1m.env",
                ])
            #expect(instance.files.first?.text == "CT_SYMBOL=DUSK:USD\nCT_TIMEFRAME=1m\n")
            #expect(instance.files.last?.text == "CT_SYMBOL=DUSK:USD\nCT_TIMEFRAME=1m\nCT_LOOKBACK_DAYS=30\n")
            #expect(
                instance.timers == [
                    "cryptotrader-bitfinex-realtime@DUSK:USD-1m.timer",
                    "cryptotrader-bitfinex-gap-repair@DUSK:USD-1m.timer",
                ])
        }

        @Test func `without gap repair there is one of each`() throws {
            let instance = try instance("BTCUSD-1h", gapRepair: false)
            #expect(instance.files.count == 1)
            #expect(instance.timers == ["cryptotrader-bitfinex-realtime@BTCUSD-1h.timer"])
        }

        @Test(arguments: [
            (nil, InstanceFile.Standing.missing),
            ("CT_SYMBOL=BTCUSD\nCT_TIMEFRAME=1m\n", .same),
            ("# mine\n\nCT_SYMBOL=\"BTCUSD\"\n  CT_TIMEFRAME='1m'  \n", .same),
            ("CT_SYMBOL=BTCUSD\nCT_TIMEFRAME=1m\nBITFINEX_REQUESTS_PER_MINUTE=10\n", .customized),
            ("", .customized),
            ("CT_SYMBOL=ETHUSD\nCT_TIMEFRAME=1m\n", .contradicts([.init("CT_SYMBOL", "ETHUSD")])),
            ("; CT_SYMBOL=BTCUSD\nCT_TIMEFRAME=1h", .contradicts([.init("CT_TIMEFRAME", "1h")])),
        ])
        func `a file that is there is told apart from ours`(
            existing: String?, standing: InstanceFile.Standing
        ) throws {
            let file = try #require(instance("BTCUSD-1m").files.first)
            #expect(file.standing(of: existing) == standing)
        }
    }
}
