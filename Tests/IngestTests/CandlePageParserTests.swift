import Candles
import Foundation
import Ingest
import TestSupport
import Testing

@Suite("Candle page parser") struct CandlePageParserTests {
    private func parse(_ text: String) throws(CandlePageParser.Malformed) -> [Candle] {
        try CandlePageParser.candles(in: Array(text.utf8))
    }

    @Test func `the order of a row is open, close, high, low`() throws {
        let page = try parse("[[1483228800000,1,2,3,0.5,7]]")
        #expect(page == [Candle(openTime: 1_483_228_800_000, open: 1, high: 3, low: 0.5, close: 2, volume: 7)])
    }

    @Test(arguments: [
        "24", "8e-8", "3e-7", "0.0072031000000000005", "0.00009073999999999999", "143.510528166414", "7257.73007606",
        "0",
        "-0.0", "1e+5", "1E5", "9007199254740993", "123456789012345678901234567890", "5e-324", "1.7976931348623157e308",
        "0.1", "2.2250738585072011e-308",
    ])
    func `a number is the nearest double of what was printed`(text: String) throws {
        let expected = try #require(Double(text))
        let volume = try #require(try parse("[[1483228800000,1,1,1,1,\(text)]]").first?.volume)
        #expect(volume.bitPattern == expected.bitPattern)
    }

    @Test func `random doubles come back bit by bit`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            for text in [
                "\(abs(value))", String(format: "%.17g", value),
                String(format: "%.25f", value.truncatingRemainder(dividingBy: 1e9)),
            ] {
                let expected = try #require(Double(text))
                let parsed = try parse("[[1,\(text),1,1,1,1]]").first?.open
                #expect(parsed?.bitPattern == expected.bitPattern, "\(text), seed \(seed)")
            }
        }
    }

    @Test(arguments: ["[[1,2,3,4,5,6,7]]", #"[[1,2,3,4,5,6,"x,]",null,{"a":[1,2]}]]"#, "[ [ 1 , 2,3,4,5,6 ] ]\n"])
    func `appended fields and white space are passed over`(text: String) throws {
        #expect(try parse(text) == [Candle(openTime: 1, open: 2, high: 4, low: 5, close: 3, volume: 6)])
    }

    @Test func `an empty page is a page`() throws {
        #expect(try parse("[]").isEmpty)
        #expect(try parse(" [ ] ").isEmpty)
    }

    @Test(arguments: [
        "", "[", "[[", "[[1,2,3,4,5]]", "[[1,2,3,4,5,6]", "[[1,2,3,4,5,6],]", "[[1,2,3,4,5,6]] x", "[[1,2,3,4,5,null]]",
        "[[1,2,3,4,5,\"6\"]]", "[[1.5,2,3,4,5,6]]", "[[01,2,3,4,5,06]]", "[[1,2.,3,4,5,6]]", "[[1,2,3,4,5,1e999]]",
        "[[1,2,3,4,5,.5]]", "[[1,2,3,4,5,0x10]]", "[[1,2,3,4,5,inf]]", "[null]", "{}", "[[1,2,3,4,5,6,\"]]",
        "[[1,2,3,4,5,1e]]",
        "[[-1,2,3,4,5,6]]", "[[1,2,3,4,5,-]]",
    ])
    func `what is no page is refused with its place`(text: String) {
        let error = #expect(throws: CandlePageParser.Malformed.self) { try parse(text) }
        #expect((0...text.utf8.count).contains(error?.offset ?? -1))
    }

    @Test func `every cut of a page is refused`() {
        let page = Array("[[1483228800000,966.61,966.61,966.61,966.61,1.65],[1483228860000,9,8,9.5,7,1e-8]]".utf8)
        for length in 0..<page.count {
            #expect(throws: CandlePageParser.Malformed.self) {
                try CandlePageParser.candles(in: Array(page[..<length]))
            }
        }
    }
}
