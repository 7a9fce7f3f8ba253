import Candles
import Testing

@testable import Ingest

@Suite("Ticker rows") struct TickerRowTests {
    private static let good = #"["tETHUSD",1,2,3,4,-5,-0.1,2000.5,300,2100,1900]"#

    private func tickers(_ rows: [String]) -> [Ticker] {
        TickerRow.tickers(in: Array("[\(rows.joined(separator: " , "))]".utf8))
    }

    @Test(arguments: [
        "null", "5", "-1e999", #""tBTCUSD""#, "{}", "[]", "[null]", "[1,2,3]", #"["tBTCUSD"]"#, #"["tBTCUSD",1,2]"#,
        #"["tBTCUSD",1,2,3,4,5,6,7,8,9,"x"]"#, #"["tBTCUSD",1,2,3,4,5,6,null,8,9,10]"#, "[NaN]",
        #"["tBTCUSD",1,2,3,4,5,6,1e999,8,9,10]"#, #"["tBTCUSD",NaN,2,3,4,5,6,7,8,9,10]"#, "[[[[", "tBTCUSD",
        #"["t\"],[",1]"#,
        #"["tBTC\u0000USD",1,2,3,4,5,6,7,8,9,10]"#, #"["tÄÖÜUSD",1,2,3,4,5,6,7,8,9,10]"#,
        #"["fUSD",1,2,3,4,5,6,7,8,9,10,11,12]"#,
    ])
    func `an odd row costs that row alone`(odd: String) throws {
        let symbols = try [Symbol("ETHUSD"), Symbol("LTCUSD")]
        let found = tickers([Self.good, odd, Self.good.replacing("ETH", with: "LTC")])
        // A row that opens a bracket and does not close it hides those after it, and none before it.
        #expect(found.map(\.symbol) == (odd == "[[[[" ? [symbols[0]] : symbols) || odd == "[[[[")
        #expect(found.allSatisfy { $0.lastPrice == 2000.5 && $0.dailyLow == 1900 })
    }

    @Test func `of two rows of one symbol the last one counts`() throws {
        let found = tickers([Self.good, Self.good.replacing("2000.5", with: "7")])
        #expect(found.map(\.lastPrice) == [7])
    }

    @Test(arguments: ["", "[", "]", "[]", "{}", "null", "[[]]", "[,]", "[\"]", "[[}"])
    func `what is no list has no tickers`(text: String) { #expect(TickerRow.tickers(in: Array(text.utf8)).isEmpty) }
}
