import Candles
import Foundation
import Ingest
import TestSupport
import Testing

@Suite("Hole walk") struct HoleWalkTests {
    /// Each seed is one random history.
    private let seeds = 1...UInt64(Effort.rounds(100, long: 5_000))
    private let step: Int64 = 60_000

    /// What a walk proved, row by row, and how many requests it took.
    private struct Outcome {
        var rows: [UnixMilliseconds] = []
        var proven = IntervalSet()
        var requests = 0
        var isFinished = false
        var beyond: [UnixMilliseconds] = []
    }

    /// Runs a walk to its end; objectionable answers are asked again, as the client does.
    private func run(
        _ walk: HoleWalk, on exchange: SimulatedExchange, random: inout SeededGenerator,
        fault: (Int, inout SeededGenerator) -> SimulatedExchange.Fault? = { _, _ in nil }
    ) -> Outcome {
        run(walk, random: &random) { request, number, random in
            PageAnswer(rows: exchange.answer(request, fault: fault(number, &random)))
        }
    }

    private func run(
        _ walk: HoleWalk, random: inout SeededGenerator,
        answer: (PageRequest, Int, inout SeededGenerator) -> PageAnswer
    ) -> Outcome {
        var walk = walk
        var outcome = Outcome()
        var flying: [PageRequest] = []
        while outcome.requests < 5_000 {
            flying += walk.requests()
            guard !flying.isEmpty else { break }
            let request = flying.remove(at: Int.random(in: 0..<flying.count, using: &random))
            outcome.requests += 1
            let answer = answer(request, outcome.requests, &random)
            if request.objection(to: answer, timeframe: .minute1) != nil {
                flying.append(request)
                continue
            }
            for page in walk.receive(answer, for: request) {
                outcome.rows += page.rows.map(\.openTime)
                for range in page.proven.ranges { outcome.proven.insert(range) }
            }
        }
        outcome.isFinished = walk.isFinished
        outcome.beyond = walk.beyond.map(\.openTime)
        return outcome
    }

    /// Minutes of which some were quiet, with a long hole now and then.
    private func history(_ random: inout SeededGenerator, minutes: Int64) -> [UnixMilliseconds] {
        let quiet = Double.random(in: 0..<0.9, using: &random)
        var times: [UnixMilliseconds] = []
        var minute: Int64 = 0
        while minute < minutes {
            if Double.random(in: 0..<1, using: &random) >= quiet * (minute % 200 < 100 ? 1 : 0.02) {
                times.append(minute * step)
            }
            minute += Int.random(in: 0..<150, using: &random) == 0 ? Int64.random(in: 2..<400, using: &random) : 1
        }
        return times.isEmpty ? [0] : times
    }

    private func expected(_ times: [UnixMilliseconds], _ hole: TimeRange) -> [UnixMilliseconds] {
        times.filter { hole.contains($0) }
    }

    @Test(arguments: [false, true])
    func `every walk proves its hole and finds every row`(windowed: Bool) {
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let times = history(&random, minutes: Int64.random(in: 1..<3_000, using: &random))
            let exchange = SimulatedExchange(openTimes: times, pageSize: 50)
            let opening = times[Int.random(in: 0..<times.count, using: &random)]
            let end = opening + Int64.random(in: 1..<3_200, using: &random) * step
            let hole = TimeRange(opening, end)
            let closing = Bool.random(using: &random) ? times.first { $0 >= end } : nil
            let walk = HoleWalk(
                hole: hole, opening: opening, closing: closing, timeframe: .minute1, windowed: windowed, pageSize: 50)
            let outcome = run(walk, on: exchange, random: &random)
            #expect(outcome.isFinished, "seed \(seed)")
            #expect(IntervalSet([hole]).subtracting(outcome.proven).isEmpty, "seed \(seed)")
            #expect(Set(outcome.rows).isSuperset(of: expected(times, hole)), "seed \(seed)")
            #expect(Set(outcome.rows).isSubset(of: times), "seed \(seed)")
        }
    }

    @Test(arguments: [false, true])
    func `no fault ever makes an unknown interval confirmed empty`(windowed: Bool) {
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let times = history(&random, minutes: 2_000)
            let exchange = SimulatedExchange(openTimes: times, pageSize: 50)
            let hole = TimeRange(times[0], (times.last ?? 0) + 300 * step)
            let walk = HoleWalk(
                hole: hole, opening: times[0], closing: nil, timeframe: .minute1, windowed: windowed, pageSize: 50)
            let outcome = run(walk, on: exchange, random: &random) { _, random in
                Int.random(in: 0..<3, using: &random) == 0
                    ? SimulatedExchange.Fault.allCases.randomElement(using: &random) : nil
            }
            // Whatever is proven holds exactly the rows that the exchange has there.
            let kept = Set(outcome.rows)
            for time in times where outcome.proven.contains(time) {
                #expect(kept.contains(time), "seed \(seed), \(time)")
            }
        }
    }

    @Test func `a walk that reaches now brings the rows after the hole apart from the proof`() {
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            let times = history(&random, minutes: Int64.random(in: 60..<3_000, using: &random))
            let exchange = SimulatedExchange(openTimes: times, pageSize: 50)
            let opening = times[Int.random(in: 0..<times.count, using: &random)]
            let end = opening + Int64.random(in: 0..<400, using: &random) * step
            let horizon = end + Int64.random(in: 0..<(3 * step), using: &random)
            let hole = TimeRange(opening, end)
            let walk = HoleWalk(
                hole: hole, opening: opening, closing: nil, timeframe: .minute1, windowed: false, horizon: horizon,
                pageSize: 50)
            let beyond = times.filter { end <= $0 && $0 <= horizon }
            let outcome = run(walk, on: exchange, random: &random)
            #expect(outcome.isFinished, "seed \(seed)")
            #expect(outcome.beyond == beyond, "seed \(seed)")
            #expect(IntervalSet([hole]).subtracting(outcome.proven).isEmpty, "seed \(seed)")
            #expect(Set(outcome.rows).isSuperset(of: expected(times, hole)), "seed \(seed)")
        }
    }

    @Test func `an answer that ends before it reaches the hole proves nothing of it by itself`() {
        let times = (0..<40).map { Int64($0) * step }
        let exchange = SimulatedExchange(openTimes: times, pageSize: 2)
        let walk = HoleWalk(
            hole: TimeRange(0, 37 * step), opening: 0, closing: nil, timeframe: .minute1, windowed: false,
            horizon: 40 * step, pageSize: 2)
        var random = SeededGenerator(seed: 1)
        let outcome = run(walk, on: exchange, random: &random)
        #expect(outcome.isFinished && outcome.requests < 100)
        #expect(Set(outcome.rows).isSuperset(of: times.prefix(37)))
    }

    @Test func `a quiet end on which another source agrees is asked for once`() {
        let times = (0..<100).map { Int64($0) * step }
        let exchange = SimulatedExchange(openTimes: times, pageSize: 10_000)
        var random = SeededGenerator(seed: 1)
        for (newestSeen, requests) in [(nil, 2), (98 * step, 2), (99 * step, 1)] as [(Int64?, Int)] {
            let walk = HoleWalk(
                hole: TimeRange(0, 150 * step), opening: 0, closing: nil, timeframe: .minute1, windowed: false,
                newestSeen: newestSeen)
            let outcome = run(walk, on: exchange, random: &random)
            #expect(outcome.isFinished && outcome.requests == requests, "\(String(describing: newestSeen))")
        }
    }

    @Test func `an end that is quiet where a candle is known is asked for twice, also after the witness alone`() {
        let times = (0..<100).map { Int64($0) * step }
        var random = SeededGenerator(seed: 1)
        for (count, newestKnown, requests) in [(100, 99, 1), (100, 120, 2), (1, 0, 1), (1, 3, 2)] as [(Int, Int64, Int)]
        {
            let exchange = SimulatedExchange(openTimes: Array(times.prefix(count)), pageSize: 10_000)
            let walk = HoleWalk(
                hole: TimeRange(0, Int64(count) * step + 50 * step), opening: 0, closing: nil, timeframe: .minute1,
                windowed: false, newestSeen: Int64(count - 1) * step, newestKnown: newestKnown * step)
            let outcome = run(walk, on: exchange, random: &random)
            #expect(outcome.isFinished && outcome.requests == requests, "\(count), \(newestKnown)")
        }
    }

    @Test func `a series that begins after the hole proves nothing of it`() {
        let exchange = SimulatedExchange(openTimes: [5 * step], pageSize: 10_000)
        var random = SeededGenerator(seed: 1)
        let walk = HoleWalk(
            hole: TimeRange(5 * step, 5 * step), opening: 5 * step, closing: nil, timeframe: .minute1, windowed: false,
            horizon: 6 * step)
        let outcome = run(walk, on: exchange, random: &random)
        #expect(outcome.isFinished && outcome.requests == 1 && outcome.rows.isEmpty && outcome.beyond == [5 * step])
    }

    @Test func `an answer cut to the witness alone proves no open end`() {
        // 101 rows remain, and the server always loses the last 100 of what it sends.
        let times = (0..<101).map { Int64($0) * step }
        let exchange = SimulatedExchange(openTimes: times, pageSize: 10_000)
        let hole = TimeRange(0, 200 * step)
        var walk = HoleWalk(hole: hole, opening: 0, closing: nil, timeframe: .minute1, windowed: false)
        var proven = IntervalSet()
        var rows = Set<UnixMilliseconds>()
        for _ in 0..<20 {
            guard let request = walk.requests().first else { break }
            let answer = Array(exchange.answer(request).dropLast(100))
            guard request.objection(to: answer, timeframe: .minute1) == nil else { break }
            for page in walk.receive(answer, for: request) {
                for range in page.proven.ranges { proven.insert(range) }
                rows.formUnion(page.rows.map(\.openTime))
            }
        }
        for time in times where proven.contains(time) { #expect(rows.contains(time)) }
        #expect(!walk.isFinished)
    }

    @Test func `newest rows that were left out once are found`() {
        let times = (0..<200).map { Int64($0) * step }
        let exchange = SimulatedExchange(openTimes: times, pageSize: 10_000)
        let hole = TimeRange(0, 300 * step)
        var walk = HoleWalk(hole: hole, opening: 0, closing: nil, timeframe: .minute1, windowed: false)
        var rows: [UnixMilliseconds] = []
        var answers = 0
        while let request = walk.requests().first {
            let answer = exchange.answer(request)
            answers += 1
            rows += walk.receive(answers == 1 ? Array(answer.dropFirst(50)) : answer, for: request).flatMap {
                $0.rows.map(\.openTime)
            }
        }
        #expect(rows == times)
        #expect(walk.isFinished)
    }

    @Test func `a cursor asks for no page more than the rows need`() {
        var random = SeededGenerator(seed: 1)
        for count in [1, 2, 49, 50, 51, 99, 100, 101, 500] {
            let times = (0..<count).map { Int64($0) * 3 * step }
            let exchange = SimulatedExchange(openTimes: times, pageSize: 50)
            let hole = TimeRange(0, Int64(count) * 3 * step + 100 * step)
            let walk = HoleWalk(
                hole: hole, opening: 0, closing: nil, timeframe: .minute1, windowed: false, pageSize: 50)
            let outcome = run(walk, on: exchange, random: &random)
            // One more to hear twice that the long quiet end is quiet.
            let pages = BackfillPlan.pages(intervals: count, density: 1, pageSize: 50) + (count > 1 ? 1 : 0)
            #expect(outcome.requests == pages, "\(count) rows")
            #expect(outcome.rows.count <= count + outcome.requests)
        }
    }

    @Test func `windows overtake each other and still form one chain`() {
        var random = SeededGenerator(seed: 7)
        let times = (0..<2_000).map { Int64($0) * step }
        let exchange = SimulatedExchange(openTimes: times, pageSize: 50)
        let hole = TimeRange(0, 2_000 * step)
        let walk = HoleWalk(hole: hole, opening: 0, closing: nil, timeframe: .minute1, windowed: true, pageSize: 50)
        let outcome = run(walk, on: exchange, random: &random)
        #expect(outcome.proven.ranges == [hole])
        #expect(Set(outcome.rows) == Set(times))
    }

    /// What an exchange sends of which some rows are no candles for good, and whose replies may come from a cache.
    private struct OddExchange {
        let times: [UnixMilliseconds]
        let bad: [UnixMilliseconds: Bool]
        let pageSize: Int

        /// `bad` says of each row that cannot be read whether its time still can.
        func answer(_ request: PageRequest, at now: UnixMilliseconds) -> PageAnswer {
            let seen = times.filter { request.start <= $0 && $0 <= request.last && $0 <= now }
            let sent = (request.order == .oldestFirst ? seen : seen.reversed()).prefix(min(request.limit, pageSize))
            var rows: [Candle] = []
            var unreadable: [UnreadableRow] = []
            for time in sent {
                if let showsTime = bad[time] {
                    unreadable.append(
                        UnreadableRow(position: rows.count, text: "null", time: showsTime ? time : nil))
                } else {
                    rows.append(Candle(openTime: time, open: 1, high: 1, low: 1, close: 1, volume: 1))
                }
            }
            return PageAnswer(rows: rows, unreadable: unreadable, provesTo: now - 60_000)
        }

        /// What a reader of this exchange may never call known: from the good row before a bad one to the good row after it.
        var hidden: IntervalSet {
            var hidden = IntervalSet()
            for time in bad.keys {
                let before = times.last { $0 < time && bad[$0] == nil }.map { $0 + 60_000 } ?? 0
                hidden.insert(TimeRange(before, times.first { $0 > time && bad[$0] == nil } ?? .max))
            }
            return hidden
        }
    }

    @Test(arguments: [false, true])
    func `rows that cannot be read hide what is between their neighbours, and nothing else`(windowed: Bool) {
        for seed in seeds {
            var random = SeededGenerator(seed: seed &+ 90_000)
            let times = history(&random, minutes: Int64.random(in: 2..<2_000, using: &random))
            let opening = times[Int.random(in: 0..<times.count, using: &random)]
            var bad: [UnixMilliseconds: Bool] = [:]
            for _ in 0..<Int.random(in: 1..<6, using: &random) {
                let time = times[Int.random(in: 0..<times.count, using: &random)]
                // The known candle may lack its values, but a walk without a witness proves nothing.
                bad[time] = time == opening ? true : Bool.random(using: &random)
            }
            let end = opening + Int64.random(in: 1..<2_200, using: &random) * step
            let later = times.first { $0 >= end && bad[$0] == nil }
            let closing = Bool.random(using: &random) ? later : nil
            let exchange = OddExchange(times: times, bad: bad, pageSize: 50)
            let hole = TimeRange(opening, end)
            let walk = HoleWalk(
                hole: hole, opening: opening, closing: closing, timeframe: .minute1, windowed: windowed, pageSize: 50)
            let outcome = run(walk, random: &random) { request, _, _ in exchange.answer(request, at: .max / 2) }
            let mayBeKnown = IntervalSet([hole]).subtracting(exchange.hidden)
            let proven = outcome.proven.intersection(hole)
            #expect(proven.subtracting(mayBeKnown).isEmpty, "seed \(seed): too much")
            // Nothing but bad rows is asked for again here, as the client does not.
            guard outcome.requests < 5_000 else { continue }
            #expect(outcome.isFinished, "seed \(seed)")
            #expect(
                mayBeKnown.subtracting(proven).isEmpty, "seed \(seed): too little, \(mayBeKnown.subtracting(proven))")
            let rows = times.filter { mayBeKnown.contains($0) && bad[$0] == nil }
            #expect(Set(outcome.rows).isSuperset(of: rows), "seed \(seed)")
            #expect(bad.keys.allSatisfy { !outcome.rows.contains($0) }, "seed \(seed)")
        }
    }

    @Test(arguments: [false, true])
    func `an answer that was made a while ago proves nothing that had not settled then`(windowed: Bool) {
        for seed in seeds {
            var random = SeededGenerator(seed: seed &+ 170_000)
            let times = history(&random, minutes: Int64.random(in: 10..<1_500, using: &random))
            let exchange = OddExchange(times: times, bad: [:], pageSize: 50)
            let now = (times.last ?? 0) + Int64.random(in: 60_000..<900_000, using: &random)
            let hole = TimeRange(times[0], Timeframe.minute1.settledBoundary(at: now))
            if hole.isEmpty { continue }
            let staleness = Int.random(in: 1..<4, using: &random)
            var oldest = Int64.max
            let walk = HoleWalk(
                hole: hole, opening: times[0], closing: nil, timeframe: .minute1, windowed: windowed, horizon: now,
                pageSize: 50)
            var asked = 0
            let outcome = run(walk, random: &random) { request, number, random in
                asked = number
                // The client gives up after five objections; an exchange that is fresh again ends the walk here.
                let isOld = number < 60 && Int.random(in: 0..<4, using: &random) < staleness
                let made = isOld ? now - Int64.random(in: 0..<3_600_000, using: &random) : now
                oldest = min(oldest, made)
                return exchange.answer(request, at: max(made, times[0] + 1))
            }
            #expect(outcome.isFinished, "seed \(seed), \(asked) requests")
            for time in times where outcome.proven.contains(time) {
                #expect(outcome.rows.contains(time), "seed \(seed), \(time)")
            }
            if oldest == now {
                #expect(IntervalSet([hole]).subtracting(outcome.proven).isEmpty, "seed \(seed)")
            }
        }
    }
}
