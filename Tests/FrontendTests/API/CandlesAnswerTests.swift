import Candles
import Foundation
import Storage
import TestSupport
import Testing

@testable import Frontend

@Suite struct CandlesAnswerTests {
    private func answer(_ bars: [Candle], unknown: [TimeRange] = [], length: BarLength = .timeframe(.minute1)) throws
        -> CandlesAnswer
    {
        let range = TimeRange(0, (bars.last?.openTime ?? 0) + 60_000)
        let page = BarPage(range: range, bars: bars, nextBefore: nil, nextFrom: 7)
        let proof = BarProof(
            page, coverage: IntervalSet([range]).subtracting(IntervalSet(unknown)), provenTo: range.end, firstOpen: nil,
            length: length)
        return CandlesAnswer(symbol: try Symbol("BTCUSD"), length: length, kind: .kept, page: page, proof: proof)
    }

    @Test func `it is written with its columns, and null for what is not there`() throws {
        let candle = Candle(openTime: 60_000, open: 1, high: 2.5, low: 0.1, close: 1e-7, volume: 1e16)
        let json = String(decoding: try answer([candle], unknown: [TimeRange(0, 60_000)]).json, as: UTF8.self)
        #expect(
            json == """
                {"symbol":"BTCUSD","timeframe":"1m","kind":"kept","from_ms":0,"to_ms":120000,"step_ms":60000,"t":[60000],\
                "o":[1.0],"h":[2.5],"l":[0.1],"c":[1e-07],"v":[1e+16],"final_through_ms":120000,"unknown":[[0,60000]],\
                "next_before":null,"next_from":7}
                """)
        let months = String(decoding: try answer([], length: .period(.month)).json, as: UTF8.self)
        #expect(months.contains("\"step_ms\":null,\"t\":[],"))
    }

    @Test func `any price and volume comes back as the double that it was`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let bars = (0..<2000).map { index in
            let values = (0..<5).map { _ in
                let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random))
                return value.isFinite ? value : Double.random(in: 0...1, using: &random)
            }
            return Candle(
                openTime: Int64(index) * 60_000, open: values[0], high: values[1], low: values[2], close: values[3],
                volume: values[4])
        }
        let found = try JSONDecoder().decode(Columns.self, from: Data(try answer(bars).json))
        let read = found.t.indices.map {
            Candle(
                openTime: found.t[$0], open: found.o[$0], high: found.h[$0], low: found.l[$0], close: found.c[$0],
                volume: found.v[$0])
        }
        let firstWrong = zip(read, bars).first { $0 != $1 }
        #expect(read.count == bars.count && firstWrong == nil, "seed \(seed)")
    }

    private struct Columns: Decodable {
        let t: [Int64]
        let o: [Double]
        let h: [Double]
        let l: [Double]
        let c: [Double]
        let v: [Double]
    }

    @Test func `what is no number is null, since JSON has no such thing`() throws {
        let json = String(decoding: try answer([.flat(at: 0, .nan, volume: .infinity)]).json, as: UTF8.self)
        #expect(json.contains("\"o\":[null]"))
        #expect(json.contains("\"v\":[null]"))
    }
}
