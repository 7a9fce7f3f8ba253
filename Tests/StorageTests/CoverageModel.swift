import Candles
import Storage
import TestSupport

/// What a store should hold after any pages: plain sets and dictionaries, minute by minute.
struct CoverageModel {
    private(set) var rows: [Int64: StoredCandle] = [:]
    private(set) var covered: Set<Int64> = []

    /// Stores the page; says what the store should answer.
    mutating func store(_ page: ProvenPage) -> StoredPage {
        var answer = StoredPage(written: 0, revised: 0, suspect: page.candles.filter(\.isSuspect).count)
        for candle in page.candles {
            let index = (candle.openTime - newYear) / 60_000
            let new = StoredCandle(candle: candle, final: true)
            let old = rows[index]
            if old == new { continue }
            if let old, old.final, !old.candle.agrees(with: candle) { answer.revised += 1 }
            if page.isCorrection, old == nil, covered.contains(index) { answer.revised += 1 }
            rows[index] = new
            answer.written += 1
        }
        let present = Set(page.candles.map(\.openTime))
        for range in page.proven {
            for index in indices(range) where !present.contains(minute(index)) {
                guard let old = rows[index], page.isCorrection || !old.final else { continue }
                rows[index] = nil
                answer.written += 1
                if old.final { answer.revised += 1 }
            }
            covered.formUnion(indices(range))
        }
        return answer
    }

    /// Stores rows that may still change; returns how many were written.
    mutating func store(provisional candles: [Candle]) -> Int {
        var written = 0
        for candle in candles {
            let index = (candle.openTime - newYear) / 60_000
            let old = rows[index]
            if covered.contains(index) || old?.final == true || old?.candle == candle { continue }
            if let old, old.candle.volume > candle.volume { continue }
            rows[index] = StoredCandle(candle: candle, final: false)
            written += 1
        }
        return written
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
            suspect: final.values.filter(\.candle.isSuspect).count, provenTo: covered.max().map { minute($0 + 1) })
    }
}

/// Any write to the first 250 minutes: gaps, few different prices so that rows repeat, noise, suspect rows.
enum RandomWrite {
    case page(ProvenPage)
    case provisional([Candle])

    init(_ random: inout SeededGenerator, checkedAt: UnixMilliseconds) {
        let start = Int64.random(in: 0..<200, using: &random)
        let end = start + Int64.random(in: 0..<50, using: &random)
        let density = Int.random(in: 0...10, using: &random)
        var candles: [Candle] = []
        for index in start..<end where Int.random(in: 0..<10, using: &random) < density {
            var candle = Candle.at(index, price: Double(Int.random(in: 1...2, using: &random)))
            if Int.random(in: 0..<10, using: &random) == 0 { candle.volume += 1e-9 }
            if Int.random(in: 0..<20, using: &random) == 0 { candle.high = candle.low }
            candles.append(candle)
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            self = .provisional(candles)
            return
        }
        let cut = Int64.random(in: start...end, using: &random)
        let proven = Bool.random(using: &random) ? [minutes(start, end)] : [minutes(cut, end), minutes(start, cut)]
        self = .page(
            ProvenPage(
                candles: candles, proven: proven, checkedAt: checkedAt,
                isCorrection: Int.random(in: 0..<4, using: &random) == 0))
    }

    func store(in store: any CandleStore, _ series: StoredSeries) async throws -> StoredPage {
        switch self {
        case .page(let page): try await store.store(page, of: series)
        case .provisional(let candles):
            StoredPage(written: try await store.store(forming: candles, of: series), revised: 0, suspect: 0)
        }
    }

    func store(in model: inout CoverageModel) -> StoredPage {
        switch self {
        case .page(let page): model.store(page)
        case .provisional(let candles): StoredPage(written: model.store(provisional: candles), revised: 0, suspect: 0)
        }
    }
}
