import Candles
import Storage
import TestSupport

/// What a store should hold after any pages: plain sets and dictionaries, minute by minute.
struct CoverageModel {
    private(set) var rows: [Int64: StoredCandle] = [:]
    private(set) var covered: Set<Int64> = []
    private(set) var revisions = 0

    /// Stores the page; says what the store should answer.
    mutating func store(_ page: ProvenPage) -> StoredPage {
        var answer = StoredPage(written: 0, revised: 0, suspect: page.candles.filter(\.isSuspect).count)
        for candle in page.candles {
            let index = (candle.openTime - newYear) / 60_000
            let new = StoredCandle(candle: candle, final: page.final)
            let old = rows[index]
            if old == new || (old?.final == true && !page.final) { continue }
            if let old, old.final, !old.candle.agrees(with: candle) { answer.revised += 1 }
            rows[index] = new
            answer.written += 1
        }
        for range in page.proven { covered.formUnion(indices(range)) }
        revisions += answer.revised
        return answer
    }

    /// Returns the number of candles that went.
    mutating func forget(_ range: TimeRange) -> Int {
        covered.subtract(indices(range))
        let gone = indices(range).filter { rows[$0] != nil }
        for index in gone { rows[index] = nil }
        return gone.count
    }

    private func indices(_ range: TimeRange) -> Range<Int64> {
        ((range.start - newYear) / 60_000)..<((range.end - newYear) / 60_000)
    }

    var candles: [StoredCandle] { rows.sorted { $0.key < $1.key }.map(\.value) }
    var coverage: IntervalSet { IntervalSet(covered.sorted().map { minutes($0, $0 + 1) }) }

    func overview(_ series: Series, wantedFrom: Int64, settled: Int64) -> SeriesOverview {
        let final = rows.filter { $0.value.final }
        return SeriesOverview(
            series: series, first: rows.keys.min().map(minute), last: rows.keys.max().map(minute),
            lastFinal: final.keys.max().map(minute), count: rows.count, empty: covered.count - final.count,
            unknown: (wantedFrom..<settled).filter { !covered.contains($0) }.count,
            suspect: rows.values.filter(\.candle.isSuspect).count)
    }
}

extension ProvenPage {
    /// Any page of the first 250 minutes: gaps, few different prices so that rows repeat, noise, suspect rows.
    static func random(_ random: inout SeededGenerator, checkedAt: UnixMilliseconds) -> ProvenPage {
        let start = Int64.random(in: 0..<200, using: &random)
        let end = start + Int64.random(in: 0..<50, using: &random)
        let isFinal = Int.random(in: 0..<4, using: &random) > 0
        let density = Int.random(in: 0...10, using: &random)
        var candles: [Candle] = []
        for index in start..<end where Int.random(in: 0..<10, using: &random) < density {
            var candle = Candle.at(index, price: Double(Int.random(in: 1...2, using: &random)))
            if Int.random(in: 0..<10, using: &random) == 0 { candle.volume += 1e-9 }
            if Int.random(in: 0..<20, using: &random) == 0 { candle.high = candle.low }
            candles.append(candle)
        }
        let cut = Int64.random(in: start...end, using: &random)
        let proven = Bool.random(using: &random) ? [minutes(start, end)] : [minutes(cut, end), minutes(start, cut)]
        return ProvenPage(candles: candles, proven: isFinal ? proven : [], final: isFinal, checkedAt: checkedAt)
    }
}
