import Candles
import Storage
import TestSupport
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct CandlePagingTests {
    static let now: UnixMilliseconds = 1_700_000_123_456

    /// A bar as it can be compared, and what is said of its source's candles.
    private struct Truth {
        var bars: [Candle] = []
        var unknown = IntervalSet()
    }

    /// Folds the plainest way: for each bar, all of its candles.
    private func truth(_ plan: BarPlan, _ history: MemoryHistory) -> Truth {
        let span = plan.history(now: Self.now)
        var truth = Truth()
        var start = span.start
        let final = history.coverage.ranges.last.map { plan.length.floor($0.end) } ?? span.start
        var known = history.coverage
        while start < span.end {
            let stretch = TimeRange(start, plan.length.end(start))
            let candles = history.candles.map(\.candle).filter { stretch.contains($0.openTime) }
            if let first = candles.first, let last = candles.last {
                truth.bars.append(
                    Candle(
                        openTime: start, open: first.open, high: candles.map(\.high).max() ?? 0,
                        low: candles.map(\.low).min() ?? 0, close: last.close,
                        volume: candles.reduce(0) { $0 + $1.volume }))
                if start >= final { known.insert(stretch) }
            }
            start = stretch.end
        }
        truth.unknown = IntervalSet([span]).subtracting(known)
        return truth
    }

    private func request(
        before: UnixMilliseconds? = nil, from: UnixMilliseconds? = nil, limit: Int
    ) throws -> CandlesRequest {
        var query = "symbol=BTCUSD&timeframe=1h&limit=\(limit)"
        if let before { query += "&before=\(before)" }
        if let from { query += "&from=\(from)" }
        return try CandlesRequest(
            try APIQuery(query[...], of: "", taking: APIResource.candles.parameters))
    }

    /// A history of minutes or of days, and all bars that can be had of it.
    private func cases(using random: inout SeededGenerator) throws -> [(BarPlan, MemoryHistory)] {
        let minutes = try MemoryHistory.random(
            "BTCUSD-1m", from: Self.now - Int64.random(in: 1...1000, using: &random) * 60_000, now: Self.now,
            using: &random)
        let days = try MemoryHistory.random(
            "BTCUSD-1D", from: Self.now - Int64.random(in: 1...400, using: &random) * 86_400_000, now: Self.now,
            using: &random)
        return [minutes, days].flatMap { history in
            BarPlan.all(of: [history.glance(now: Self.now)]).map { ($0, history) }
        }
    }

    private func check(_ pages: [CandlesAnswer], _ truth: Truth, _ plan: BarPlan, _ label: Comment) {
        let span = plan.history(now: Self.now)
        #expect(pages.flatMap(\.page.bars) == truth.bars, label)
        #expect(pages.first?.page.range.start == span.start && pages.last?.page.range.end == span.end, label)
        for (page, next) in zip(pages, pages.dropFirst()) {
            #expect(page.page.range.end == next.page.range.start, label)
        }
        let unknown = pages.flatMap(\.proof.unknown.ranges)
        #expect(IntervalSet(unknown) == truth.unknown, label)
        #expect(unknown.reduce(0) { $0 + $1.milliseconds } == truth.unknown.milliseconds, "nothing twice, \(label)")
        for page in pages { #expect(page.page.bars.allSatisfy { page.page.range.contains($0.openTime) }, label) }
    }

    @Test func `going back gives every bar and everything unknown once, whatever the history and the page's size`()
        async throws
    {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<6 {
            for (plan, history) in try cases(using: &random) {
                let reader = MemoryReader(histories: [history])
                let limit = Int.random(in: 1...200, using: &random)
                var pages: [CandlesAnswer] = []
                var before: UnixMilliseconds?
                repeat {
                    let answer = try await request(before: before, limit: limit).answer(plan, reader, now: Self.now)
                    #expect(answer.page.bars.count <= limit && answer.page.nextFrom == nil)
                    pages.insert(answer, at: 0)
                    before = answer.page.nextBefore
                } while before != nil
                check(pages, truth(plan, history), plan, "seed \(seed), \(plan.length.name) of \(history.timeframe)")
            }
        }
    }

    @Test func `going on gives the same`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<6 {
            for (plan, history) in try cases(using: &random) {
                let reader = MemoryReader(histories: [history])
                let limit = Int.random(in: 1...200, using: &random)
                var pages: [CandlesAnswer] = []
                var from: UnixMilliseconds? = 0
                while let start = from {
                    let answer = try await request(from: start, limit: limit).answer(plan, reader, now: Self.now)
                    #expect(answer.page.bars.count <= limit && answer.page.nextBefore == nil)
                    pages.append(answer)
                    from = answer.page.nextFrom
                }
                check(pages, truth(plan, history), plan, "seed \(seed), \(plan.length.name) of \(history.timeframe)")
            }
        }
    }

    @Test func `what is said to be final is proven, and what is not proven is unknown or new`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for (plan, history) in try cases(using: &random) {
            let answer = try await request(limit: 10_000).answer(
                plan, MemoryReader(histories: [history]), now: Self.now)
            for bar in answer.page.bars {
                let stretch = TimeRange(bar.openTime, plan.length.end(bar.openTime))
                let isProven = IntervalSet([stretch.clamped(to: answer.page.range)]).subtracting(history.coverage)
                    .isEmpty
                let isFinal =
                    bar.openTime < answer.proof.finalThrough && answer.proof.unknown.intersection(stretch).isEmpty
                #expect(isFinal == isProven, "seed \(seed), \(plan.length.name) at \(bar.openTime)")
            }
        }
    }

    @Test func `a page of very many candles is cut short, and the next one goes on`() async throws {
        var history = try MemoryHistory("BTCUSD-1m", wantedFrom: 0)
        let minutes = BarPlan.sourceRows + 2000
        history.candles = (0..<minutes).map {
            StoredCandle(candle: .flat(at: Int64($0) * 60_000, 1), final: true)
        }
        history.coverage.insert(TimeRange(0, Int64(minutes) * 60_000))
        let now = Int64(minutes) * 60_000 + 1
        let plan = try #require(BarPlan.all(of: [history.glance(now: now)]).first { $0.length.name == "1D" })
        let reader = MemoryReader(histories: [history])
        let page = try await request(limit: 1500).answer(plan, reader, now: now).page
        #expect(page.bars.count == 139)
        let rest = try await request(before: page.nextBefore, limit: 1500).answer(plan, reader, now: now).page
        #expect(rest.range.end == page.range.start && rest.nextBefore == nil)
        #expect((rest.bars + page.bars).map(\.volume).reduce(0, +) == Double(minutes))
    }

    @Test(arguments: [-1, 0, 1]) func `a time outside of the history gives an empty page inside of it`(
        place: Int64
    ) async throws {
        var history = try MemoryHistory("BTCUSD-1m", wantedFrom: Self.now - 600_000)
        history.candles = [StoredCandle(candle: .flat(at: Timeframe.minute1.floor(Self.now), 1), final: false)]
        let plan = try #require(BarPlan.all(of: [history.glance(now: Self.now)]).first)
        let span = plan.history(now: Self.now)
        let reader = MemoryReader(histories: [history])
        let early = try await request(before: place <= 0 ? 0 : span.start, limit: 5).answer(plan, reader, now: Self.now)
        #expect(
            early.page == BarPage(range: TimeRange(span.start, span.start), bars: [], nextBefore: nil, nextFrom: nil))
        let late = try await request(from: span.end + max(0, place) * 60_000, limit: 5).answer(
            plan, reader, now: Self.now)
        #expect(late.page == BarPage(range: TimeRange(span.end, span.end), bars: [], nextBefore: nil, nextFrom: nil))
    }
}
