import Candles
import Ingest
import TestSupport
import Testing

@Suite("Hole planner") struct HolePlannerTests {
    private func minutes(_ start: Int64, _ end: Int64) -> TimeRange { TimeRange(start * 60_000, end * 60_000) }

    private func merged(_ holes: [TimeRange], _ keptBetween: [Int], pageSize: Int = 10_000) -> [TimeRange] {
        HolePlanner.merged(holes, keptBetween: keptBetween, timeframe: .minute1, pageSize: pageSize)
    }

    @Test func `holes come newest first`() {
        let holes = [minutes(0, 9_000), minutes(20_000, 29_000)]
        #expect(merged(holes, [10_000]) == holes.reversed())
    }

    @Test func `holes that one page can bring are one, however far apart in time`() {
        #expect(merged([minutes(0, 10), minutes(20_000, 20_010)], [500]) == [minutes(0, 20_010)])
        #expect(merged([minutes(0, 10), minutes(20, 30)], [10]) == [minutes(0, 30)])
    }

    @Test func `a page holds the holes, what lies between, and a known candle at either end`() {
        let holes = [minutes(0, 1), minutes(9, 10)]
        #expect(merged(holes, [8], pageSize: 12) == [minutes(0, 10)])
        #expect(merged(holes, [8], pageSize: 11) == holes.reversed())
    }

    @Test func `nothing unknown is nothing to do`() { #expect(merged([], []).isEmpty) }

    /// The fewest pages there can be: no cut of the holes into fewer runs keeps each run within a page.
    @Test(arguments: UInt64(1)...20) func `no plan has fewer requests`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var holes: [TimeRange] = []
        var between: [Int] = []
        var at: Int64 = 0
        for index in 0..<12 {
            let length = Int64.random(in: 1...4, using: &random)
            holes.append(minutes(at, at + length))
            let kept = Int.random(in: 0...5, using: &random)
            if index < 11 { between.append(kept) }
            at += length + Int64(kept) + 1
        }
        func rows(_ run: Range<Int>) -> Int {
            run.reduce(0) { $0 + holes[$1].intervals(of: .minute1) } + run.dropLast().reduce(0) { $0 + between[$1] }
        }
        var fewest = [0]
        for end in 1...holes.count {
            let fits = (0..<end).filter { rows($0..<end) <= 10 }
            fewest.append((fits.map { fewest[$0] + 1 }).min() ?? .max)
        }
        #expect(merged(holes, between, pageSize: 12).count == fewest.last, "seed \(seed)")
    }
}
