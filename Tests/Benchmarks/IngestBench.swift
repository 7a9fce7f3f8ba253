import Candles
import Foundation
import Ingest
import TestSupport

/// Times the parser of pages against a general JSON decoder: the best of five, on one generated page.
@main struct IngestBench {
    static func main() throws {
        let page = GeneratedPage(rows: Timeframe.maximumCandlesPerCall, seed: 5176)
        let ours = try Timing(of: page) { try CandlePageParser.candles(in: $0) }
        let data = Data(page.bytes)
        let decoder = try Timing(of: page) { _ in try candles(decoding: data) }
        guard ours.candles == decoder.candles, ours.candles.count == page.rows else {
            throw Difference(parsed: ours.candles.count, decoded: decoder.candles.count)
        }
        print("a page of \(page.rows) rows, \(page.bytes.count) bytes; the best of \(Timing.rounds)")
        print(ours.line("CandlePageParser", page))
        print(decoder.line("JSONDecoder", page))
        let ratio = decoder.best / ours.best
        print("bar: >= 10 x JSONDecoder, seen \(ratio.formatted(1)) x: \(ratio >= 10 ? "met" : "MISSED")")
    }

    /// Rows of doubles, and candles of them: order and times as the parser has them.
    private static func candles(decoding page: Data) throws -> [Candle] {
        try JSONDecoder().decode([[Double]].self, from: page).map {
            Candle(openTime: Int64($0[0]), open: $0[1], high: $0[3], low: $0[4], close: $0[2], volume: $0[5])
        }
    }
}

/// Both read the page, but not the same values.
struct Difference: Error {
    let parsed: Int
    let decoded: Int
}

/// A page as the exchange prints it: prices of one or two decimals, volumes of eight, and now and then seventeen digits.
struct GeneratedPage {
    let rows: Int
    let bytes: [UInt8]

    init(rows: Int, seed: UInt64) {
        self.rows = rows
        var generator = SeededGenerator(seed: seed)
        let lines = (0..<rows).map { row in
            let open = Double(Int.random(in: 90_000...110_000, using: &generator)) / 100
            let close = Double(Int.random(in: 90_000...110_000, using: &generator)) / 100
            let volume =
                row % 50 == 0
                ? Double.random(in: 0...1, using: &generator)
                : Double(Int.random(in: 1...100_000_000, using: &generator)) / 1e8
            let time = 1_483_228_800_000 + row * 60_000
            return "[\(time),\(open),\(close),\(max(open, close) + 0.5),\(min(open, close) - 0.5),\(volume)]"
        }
        bytes = Array("[\(lines.joined(separator: ","))]".utf8)
    }
}

/// How long one way of reading took, and what it read.
struct Timing {
    static let rounds = 5
    /// So many readings are one round, so that a round is long against the clock's steps.
    private static let readings = 20

    let candles: [Candle]
    let best: Duration

    init(of page: GeneratedPage, _ read: ([UInt8]) throws -> [Candle]) throws {
        candles = try read(page.bytes)
        let clock = ContinuousClock()
        var best = Duration.seconds(3600)
        for _ in 0..<Timing.rounds {
            var count = 0
            let took = try clock.measure {
                for _ in 0..<Timing.readings { count += try read(page.bytes).count }
            }
            precondition(count == Timing.readings * page.rows, "a reading lost rows")
            best = min(best, took / Timing.readings)
        }
        self.best = best
    }

    func line(_ name: String, _ page: GeneratedPage) -> String {
        let seconds = best / .seconds(1)
        let megabytes = (Double(page.bytes.count) / 1e6 / seconds).formatted(0)
        let rows = (Double(page.rows) / 1e6 / seconds).formatted(2)
        return "\(name): \((seconds * 1000).formatted(3)) ms, \(megabytes) MB/s, \(rows) million rows/s"
    }
}

extension Double {
    fileprivate func formatted(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
