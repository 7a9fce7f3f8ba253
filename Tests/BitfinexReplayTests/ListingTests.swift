import BitfinexReplay
import Candles
import Testing

@Suite("Listings", .timeLimit(.minutes(1))) struct ListingTests {
    private static func source() throws -> HandWritten {
        var rows: [Series: [String]] = [:]
        for name in ["BTCUSD", "DUSK:USD", "IOTUSD", "BTCF0:USTF0"] {
            rows[Series(symbol: try Symbol(name), timeframe: .minute1)] = HandWritten.minutes(0..<120)
        }
        return HandWritten(rows)
    }

    @Test(arguments: [
        ("pub:list:pair:exchange", #"[["BTCUSD","DUSK:USD","IOTUSD"]]"#),
        ("pub:list:pair:futures", #"[["BTCF0:USTF0"]]"#),
        ("pub:list:pair:margin,pub:nonsense", #"[["BTCUSD","DUSK:USD","IOTUSD"],[]]"#),
        ("pub:list:currency", #"[["BTC","BTCF0","DUSK","IOT","USD","USTF0"]]"#),
        ("pub:map:currency:sym", #"[[["BTCF0","BTC-PERP"],["IOT","IOTA"],["USTF0","USDt"]]]"#),
    ])
    func `conf answers one list a label`(labels: String, expected: String) async throws {
        try await Replay.run(try Self.source()) { replay async throws in
            #expect(try await replay.get("/v2/conf/\(labels)").text == expected)
        }
    }

    @Test func `pair information has the exchange's shape`() async throws {
        try await Replay.run(try Self.source()) { replay async throws in
            let text = try await replay.get("/v2/conf/pub:info:pair,pub:info:pair:futures").text
            #expect(
                text.hasPrefix(#"[[["BTCUSD",[null,null,null,"0.00004","2000.0",null,null,null,null,null,null,null]],"#)
            )
            #expect(
                text.hasSuffix(#"[["BTCF0:USTF0",[null,null,null,"0.00004","2000.0",null,null,null,0.01,0.005]]]]"#))
        }
    }

    @Test func `tickers come from the newest day`() async throws {
        try await Replay.run(try Self.source()) { replay async throws in
            #expect(try await replay.get("/v2/tickers?symbols=ALL").rows.count == 4)
            let one = try await replay.get("/v2/tickers?symbols=tBTCUSD,tNOSUCH").text
            #expect(one.hasPrefix(#"[["tBTCUSD",121,1,121,1,120,120,121,"#))
            #expect(one.hasSuffix(",122,0]]"))
            let none = try await replay.get("/v2/tickers")
            #expect(none.status == 500)
            #expect(none.text == #"["error",10020,"symbols: invalid"]"#)
        }
    }
}
