import Candles
import Ingest
import Storage
import TestSupport
import Testing

/// What an audit compares, and what it concludes.
@Suite("Audit rules") struct AuditRulesTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private static func candle(_ minute: Int64, _ price: Double = 10, volume: Double = 1) -> Candle {
        Candle(openTime: minute * 60_000, open: price, high: price, low: price, close: price, volume: volume)
    }

    private static func fold(_ candles: some Sequence<Candle>, into timeframe: Timeframe) -> [FoldedBar] {
        var fold = CandleFold(into: timeframe)
        for candle in candles { fold.add(candle) }
        return fold.bars
    }

    @Test func `candles fold into bars that know their ends`() {
        let bars = Self.fold(
            [Self.candle(3, 10, volume: 2), Self.candle(20, 12), Self.candle(59, 9), Self.candle(125, 5)],
            into: .hour1)
        #expect(bars.map(\.candle.openTime) == [0, 2 * Self.hour])
        #expect(bars[0].candle == Candle(openTime: 0, open: 10, high: 12, low: 9, close: 9, volume: 4))
        #expect(bars.map(\.first) == [180_000, 7_500_000])
        #expect(bars.map(\.last) == [3_540_000, 7_500_000])
    }

    @Test(arguments: Timeframe.allCases) func `the levels are the longer timeframes of the exchange`(
        timeframe: Timeframe
    ) {
        let expected: [Timeframe] =
            switch timeframe {
            case .minute1, .minute5, .minute15, .minute30: [.day1, .hour1]
            case .hour1, .hour3, .hour6, .hour12: [.day1]
            case .day1: []
            }
        #expect(AuditPlan.levels(of: timeframe) == expected)
    }

    @Test func `only bars that are wholly known are compared, and the time before the first candle is known`() {
        let first = 2 * Self.day + 5 * Self.hour
        let coverage = IntervalSet([
            TimeRange(first, 6 * Self.day + Self.hour), TimeRange(6 * Self.day + 2 * Self.hour, 9 * Self.day),
        ])
        let known = AuditPlan.known(coverage, firstCandle: first)
        let whole = AuditPlan.wholeBars(of: .day1, in: known)
        #expect(whole.ranges == [TimeRange(2 * Self.day, 6 * Self.day), TimeRange(7 * Self.day, 9 * Self.day)])
        #expect(
            AuditPlan.partBars(of: .day1, coverage: coverage, known: known).ranges
                == [TimeRange(6 * Self.day, 7 * Self.day)])
        #expect(AuditPlan.known(coverage, firstCandle: Self.day) == coverage)
        #expect(
            AuditPlan.wholeBars(of: .day1, in: AuditPlan.known(coverage, firstCandle: nil)).ranges[0].start == 3
                * Self.day)
    }

    @Test(arguments: [
        ([0...4], [0...4]), ([0...9], [0...9]), ([0...10], [0...9, 10...10]), ([0...0, 9...9], [0...9]),
        ([0...0, 10...10], [0...0, 10...10]), ([3...25], [3...12, 13...22, 23...25]),
        ([0...2, 8...12, 30...30], [0...9, 10...12, 30...30]),
    ]) func `bars are covered by the fewest pages`(bars: [ClosedRange<Int64>], pages: [ClosedRange<Int64>]) {
        func range(_ hours: ClosedRange<Int64>) -> TimeRange {
            TimeRange(hours.lowerBound * Self.hour, (hours.upperBound + 1) * Self.hour)
        }
        #expect(
            AuditPlan.stretches(over: IntervalSet(bars.map(range)), timeframe: .hour1, pageSize: 10) == pages.map(range)
        )
    }

    @Test func `witnesses are the candles of bars that agree`() {
        let bars = Self.fold([Self.candle(10), Self.candle(50), Self.candle(130), Self.candle(190)], into: .hour1)
        let witnesses = AgreeingCandles(bars)
        #expect(witnesses.before(Self.hour) == bars[0].last)
        #expect(witnesses.before(0) == nil)
        #expect(witnesses.before(30 * 60_000) == nil)
        #expect(witnesses.after(120 * 60_000) == bars[1].first)
        #expect(witnesses.after(Self.hour) == bars[1].first)
        #expect(witnesses.after(4 * Self.hour) == nil)
    }

    @Test func `bars are compared both ways, with tolerance for volumes only`() {
        let ours = Self.fold((0..<5).map { Self.candle($0 * 60) }, into: .hour1)
        var theirs = ours.map(\.candle)
        theirs[1].volume += 5e-9
        theirs[2].high += 1e-9
        theirs.remove(at: 3)
        theirs.append(Candle(openTime: 5 * Self.hour, open: 1, high: 1, low: 1, close: 1, volume: 1))
        theirs.append(Candle(openTime: 9 * Self.hour, open: 1, high: 1, low: 1, close: 1, volume: 1))
        let comparison = BarComparison(
            exchange: theirs, folded: ours, in: IntervalSet([TimeRange(0, 8 * Self.hour)]), timeframe: .hour1)
        #expect(comparison.compared == 6)
        #expect(comparison.differing.map(\.openTime) == [2, 3, 5].map { $0 * Self.hour })
        #expect(comparison.differing.map { $0.coarse == nil } == [false, true, false])
        #expect(comparison.differing.map { $0.folded == nil } == [false, false, true])
        #expect(comparison.agreeing.map(\.first) == [0, 1, 4].map { $0 * Self.hour })
    }

    @Test func `rows are compared both ways`() {
        let kept = [Self.candle(0), Self.candle(1), Self.candle(2), Self.candle(4)]
        let exchange = [Self.candle(0, volume: 1 + 1e-9), Self.candle(2, 11), Self.candle(3), Self.candle(4)]
        let found = RowDifference.all(kept: kept, exchange: exchange)
        #expect(found.map(\.openTime) == [60_000, 120_000, 180_000])
        #expect(found.map(\.kind) == [.madeUp, .changed, .missing])
        #expect(RowDifference.all(kept: kept, exchange: kept).isEmpty)
        #expect(RowDifference.all(kept: [], exchange: kept).map(\.kind) == Array(repeating: .missing, count: 4))
        #expect(RowDifference.all(kept: kept, exchange: []).map(\.kind) == Array(repeating: .madeUp, count: 4))
    }
}

/// Random damage to a generated history: exactly the hours that it altered are found.
@Suite("Audit rules, at random") struct RandomDamageTests {
    private static func history(_ random: inout SeededGenerator) -> [Candle] {
        var price = 100.0
        return (0..<Int64(20_000)).compactMap { minute -> Candle? in
            if Int.random(in: 0..<10, using: &random) < 3 { return nil }
            let open = price
            price = max(1, (price + Double.random(in: -1...1, using: &random)))
            return Candle(
                openTime: minute * 60_000, open: open, high: max(open, price) + 0.5, low: min(open, price) - 0.5,
                close: price, volume: Double(Int.random(in: 1...1000, using: &random)) / 100)
        }
    }

    private static func alter(_ candles: inout [Candle], _ random: inout SeededGenerator) {
        let index = Int.random(in: 0..<candles.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: candles[index].open += 0.25
        case 1: candles[index].close -= 0.25
        case 2: candles[index].high += 0.01
        case 3: candles[index].low -= 0.01
        case 4: candles[index].volume += 0.01
        default: candles.remove(at: index)
        }
    }

    @Test(arguments: 0..<20) func `exactly the hours that were altered are found`(round: UInt64) {
        let seed = 7_000 + round
        var random = SeededGenerator(seed: seed)
        let truth = Self.history(&random)
        var kept = truth
        for _ in 0..<30 { Self.alter(&kept, &random) }
        func bars(_ candles: [Candle]) -> [UnixMilliseconds: Candle] {
            // Folded anew, in another way than the audit does.
            Dictionary(grouping: candles) { Timeframe.hour1.floor($0.openTime) }.mapValues { rows in
                Candle(
                    openTime: Timeframe.hour1.floor(rows[0].openTime), open: rows[0].open,
                    high: rows.map(\.high).max() ?? 0, low: rows.map(\.low).min() ?? 0,
                    close: rows[rows.count - 1].close, volume: rows.reduce(0) { $0 + $1.volume })
            }
        }
        let theirs = bars(truth)
        let ours = bars(kept)
        let altered = Set(theirs.keys).union(ours.keys).filter { hour in
            guard let a = theirs[hour], let b = ours[hour] else { return true }
            return !a.agrees(with: b)
        }
        var fold = CandleFold(into: .hour1)
        for candle in kept { fold.add(candle) }
        let comparison = BarComparison(
            exchange: theirs.values.sorted { $0.openTime < $1.openTime }, folded: fold.bars,
            in: IntervalSet([TimeRange(0, 20_000 * 60_000)]), timeframe: .hour1)
        #expect(comparison.differing.map(\.openTime) == altered.sorted(), "seed \(seed)")
        #expect(!altered.isEmpty, "seed \(seed)")
        // All rows that differ are in hours that differ, or in such as hide them.
        let rows = Set(RowDifference.all(kept: kept, exchange: truth).map { Timeframe.hour1.floor($0.openTime) })
        #expect(rows.isSuperset(of: altered), "seed \(seed)")
    }
}
