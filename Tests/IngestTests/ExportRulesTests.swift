import Candles
import Foundation
import Ingest
import TestSupport
import Testing

/// Which rows an export has, and how they are written.
@Suite("Export rules") struct ExportRulesTests {
    private struct Row: Decodable {
        let volume: Double
    }

    private static let minute: Int64 = 60_000
    private static let start: UnixMilliseconds = 1_704_067_200_000

    private static func candle(_ minute: Int64, close: Double = 2) -> Candle {
        Candle(openTime: start + minute * 60_000, open: 1, high: 2.5, low: 0.5, close: close, volume: 3e-7)
    }

    private static func range(_ from: Int64, _ to: Int64) -> TimeRange {
        TimeRange(start + from * minute, start + to * minute)
    }

    @Test(arguments: [
        (
            ExportText.Format.csv, false, "open_time,open,high,low,close,volume,final\n",
            "2024-01-01T01:05:00Z,1.0,2.5,0.5,2.0,3e-07,true\n"
        ),
        (
            .csv, true, "open_time,open,high,low,close,volume,final,filled\n",
            "2024-01-01T01:05:00Z,1.0,2.5,0.5,2.0,3e-07,true,false\n"
        ),
        (
            .jsonl, false, "",
            #"{"open_time":"2024-01-01T01:05:00Z","open":1.0,"high":2.5,"low":0.5,"close":2.0,"volume":3e-07,"final":true}"#
                + "\n"
        ),
        (
            .jsonl, true, "",
            #"{"open_time":"2024-01-01T01:05:00Z","open":1.0,"high":2.5,"low":0.5,"close":2.0,"volume":3e-07,"final":true,"#
                + "\"filled\":false}\n"
        ),
    ]) func `a row has its line`(format: ExportText.Format, marksFilled: Bool, heading: String, line: String) {
        var text = ExportText(format: format, marksFilled: marksFilled)
        #expect(text.heading == heading)
        #expect(text.line(Self.candle(65), final: true, filled: false) == line)
    }

    @Test func `times are those of ISO 8601, in any order`() {
        var text = ExportText(format: .csv, marksFilled: false)
        for time in [0, Self.start, 1_700_000_040_000, 1_582_934_400_000, 951_868_740_000, Self.start + 86_399_000] {
            let candle = Candle(openTime: time, open: 1, high: 1, low: 1, close: 1, volume: 1)
            #expect(text.line(candle, final: false, filled: false).hasPrefix(time.iso8601 + ",1.0"))
        }
    }

    @Test(arguments: ExportText.Format.allCases) func `numbers read back as the same doubles`(
        format: ExportText.Format
    ) throws {
        let seed: UInt64 = 31
        var random = SeededGenerator(seed: seed)
        var text = ExportText(format: format, marksFilled: false)
        let special = [
            0.1 + 0.2, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.0072031000000000005, 8e-8, 1e16,
            123456789.12345679,
        ]
        for round in 0..<2_000 {
            let value =
                round < special.count ? special[round] : Double(bitPattern: random.next() & 0x7fef_ffff_ffff_ffff)
            let line = text.line(
                Candle(openTime: 0, open: value, high: value, low: value, close: value, volume: value), final: true,
                filled: false)
            let read: Double?
            if format == .csv {
                read = Double(String(line.split(separator: ",")[5]))
            } else {
                read = try JSONDecoder().decode(Row.self, from: Data(line.utf8)).volume
            }
            #expect(read?.bitPattern == value.bitPattern, "seed \(seed), \(value): \(line)")
        }
    }

    @Test func `only covered intervals after the first candle are filled`() {
        var fill = FlatFill(
            coverage: IntervalSet([Self.range(0, 4), Self.range(8, 12)]), from: Self.start, timeframe: .minute1,
            close: nil)
        var filled: [Candle] = []
        fill.rows(before: Self.candle(1).openTime) { filled.append($0) }
        #expect(filled.isEmpty)
        fill.pass(Self.candle(1, close: 7))
        fill.rows(before: Self.candle(10).openTime) { filled.append($0) }
        fill.pass(Self.candle(10, close: 9))
        fill.rows(before: Self.start + 100 * Self.minute) { filled.append($0) }
        #expect(filled.map { ($0.openTime - Self.start) / Self.minute } == [2, 3, 8, 9, 11])
        #expect(filled.map(\.close) == [7, 7, 7, 7, 9])
        #expect(
            filled.allSatisfy { $0.open == $0.close && $0.high == $0.close && $0.low == $0.close && $0.volume == 0 })
    }

    @Test func `a stretch that begins inside a quiet one goes on with the close before`() {
        var fill = FlatFill(
            coverage: IntervalSet([Self.range(0, 9)]), from: Self.start + 5 * Self.minute, timeframe: .minute1, close: 4
        )
        var filled: [Candle] = []
        fill.rows(before: Self.start + 7 * Self.minute) { filled.append($0) }
        #expect(filled.map(\.openTime) == [5, 6].map { Self.start + $0 * Self.minute })
        #expect(filled.map(\.open) == [4, 4])
    }

    @Test func `the stretch is what is known, or what was asked for up to the newest settled boundary`() throws {
        let series = try Series("BTCUSD-1m")
        let coverage = IntervalSet([Self.range(0, 10)])
        let wanted = Self.range(0, 50)
        func range(_ start: Int64?, _ end: Int64?) -> TimeRange {
            ExportJob(
                series: series, start: start.map { Self.start + $0 * Self.minute + 1 },
                end: end.map { Self.start + $0 * Self.minute + 1 }
            ).range(wanted: wanted, coverage: coverage)
        }
        #expect(range(nil, nil) == Self.range(0, 10))
        #expect(range(2, 5) == Self.range(2, 5))
        #expect(range(-3, 30) == Self.range(-3, 30))
        #expect(range(nil, 90) == Self.range(0, 50))
        #expect(throws: IngestFault.self) {
            try ExportJob(series: series, start: 120_000, end: 60_000).check(now: Self.start)
        }
        #expect(throws: IngestFault.self) { try ExportJob(series: series, start: 5, end: nil).check(now: 4) }
    }
}
