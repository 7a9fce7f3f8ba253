import Candles
import Storage

extension APIResource {
    static let candles = APIResource(
        "candles", "A page of candles: the newest before a time, or the oldest from one on.",
        [
            QueryParameter("symbol", .symbol, isRequired: true, "The symbol, without a leading t."),
            QueryParameter("timeframe", .timeframe, isRequired: true, "The length of a bar."),
            QueryParameter(
                "before", .time, "The newest bars that open before this; default: now. Not together with `from`."),
            QueryParameter("from", .time, "The oldest bars that open at this or later. Not together with `before`."),
            QueryParameter("limit", .integer(1...Int64(BarPlan.mostBars), default: 1500), "At most so many bars."),
        ], CandlesAnswer.schema
    ) { query, reading in
        let request = try CandlesRequest(query)
        let catalogue = try await reading.catalogue()
        let symbol = try catalogue.symbol(request.symbol)
        let plan = try catalogue.plan(of: symbol, timeframe: request.timeframe)
        let answer = try await request.answer(plan, reading)
        return APIDocument(
            data: answer.json, lifetime: request.lifetime(of: answer, history: plan.history(now: reading.now)))
    }
}

/// What a page of candles is asked with.
struct CandlesRequest: Sendable, Equatable {
    let symbol: String
    let timeframe: String
    let before: UnixMilliseconds?
    let from: UnixMilliseconds?
    let limit: Int

    init(_ query: APIQuery) throws(APIProblem) {
        symbol = query.text("symbol") ?? ""
        timeframe = query.text("timeframe") ?? ""
        before = query.integer("before")
        from = query.integer("from")
        limit = query.integer("limit").map(Int.init) ?? 1500
        if before != nil, from != nil {
            throw APIProblem(
                .badParameters, "before and from are given both",
                hint: "take before to go back, or from to go on; a page says how to ask for the next one")
        }
    }

    /// A long page waits for its turn before its read begins: what is read has a limit of time.
    func answer(_ plan: BarPlan, _ reading: APIReading) async throws -> CandlesAnswer {
        let read = { try await reading.read { try await answer(plan, $0, now: reading.now) } }
        return plan.isLong(limit) ? try await reading.longPages.take(read) : try await read()
    }

    func answer(_ plan: BarPlan, _ reader: any CandleReader, now: UnixMilliseconds) async throws -> CandlesAnswer {
        let page = try await page(plan, reader, plan.history(now: now))
        let coverage =
            page.range.isEmpty ? IntervalSet() : try await reader.coverage(of: plan.source.stored, in: page.range)
        let proof = BarProof(
            page, coverage: coverage, provenTo: plan.source.provenTo, firstOpen: plan.source.stored.firstOpen,
            length: plan.length)
        return CandlesAnswer(
            symbol: plan.source.stored.series.symbol, length: plan.length, kind: plan.kind, page: page, proof: proof)
    }

    /// What lies in the past changes only with the database.
    func lifetime(of answer: CandlesAnswer, history: TimeRange) -> APIDocument.Lifetime {
        let page = answer.page.range
        if page.end >= history.end { return .second }
        return answer.proof.unknown.isEmpty && page.end <= answer.proof.finalThrough ? .settled : .untilChange
    }

    private func page(_ plan: BarPlan, _ reader: any CandleReader, _ history: TimeRange) async throws -> BarPage {
        if let from {
            let start = min(max(plan.length.ceiling(from), history.start), history.end)
            return try await page(plan, reader, from: start, history)
        }
        let end = min(max(before.map(plan.length.ceiling) ?? history.end, history.start), history.end)
        let rows = plan.rows(for: limit)
        let stored = plan.source.stored
        let candles =
            switch plan.length {
            case .timeframe: try await reader.candles(of: stored, before: end, limit: rows)
            case .period(let period):
                try await reader.candles(of: stored.series.symbol, period: period, before: end, limit: rows)
            }
        return BarPage.before(
            end, plan.bars(candles), isCut: candles.count == rows, limit: limit, history: history)
    }

    private func page(
        _ plan: BarPlan, _ reader: any CandleReader, from start: UnixMilliseconds, _ history: TimeRange
    ) async throws -> BarPage {
        let stored = plan.source.stored
        let rows = plan.rows(for: limit)
        switch plan.length {
        case .timeframe:
            let candles = try await reader.candles(
                of: stored, in: TimeRange(start, history.end), limit: rows)
            return BarPage.from(
                start, plan.bars(candles), isCut: candles.count == rows, limit: limit, history: history,
                length: plan.length)
        case .period(let period):
            // All of a history are few: 10,000 weeks are 190 years.
            let candles = try await reader.candles(
                of: stored.series.symbol, period: period, before: history.end, limit: 10_000)
            let bars = candles.lazy.map(\.candle).filter { $0.openTime >= start }
            return BarPage.from(
                start, Array(bars), isCut: false, limit: limit, history: history, length: plan.length)
        }
    }
}

extension BarPlan {
    /// Candles of the source as bars.
    func bars(_ candles: [StoredCandle]) -> [Candle] {
        guard kind == .folded, case .timeframe(let timeframe) = length else { return candles.map(\.candle) }
        var fold = CandleFold(into: timeframe)
        for candle in candles { fold.add(candle.candle) }
        return fold.bars.map(\.candle)
    }
}

/// A page of candles as `types.d.ts` has it.
struct CandlesAnswer: Sendable, Equatable {
    let symbol: Symbol
    let length: BarLength
    let kind: BarKind
    let page: BarPage
    let proof: BarProof

    /// JSON, by hand: the columns are long, and a general encoder takes ten times as long for them.
    var json: [UInt8] {
        var writer = JSONColumns(capacity: 400 + page.bars.count * 56)
        writer.text("symbol", symbol.name)
        writer.text("timeframe", length.name)
        writer.text("kind", kind.rawValue)
        writer.number("from_ms", page.range.start)
        writer.number("to_ms", page.range.end)
        writer.number("step_ms", length.milliseconds)
        writer.column("t", page.bars, \.openTime)
        writer.column("o", page.bars, \.open)
        writer.column("h", page.bars, \.high)
        writer.column("l", page.bars, \.low)
        writer.column("c", page.bars, \.close)
        writer.column("v", page.bars, \.volume)
        writer.number("final_through_ms", proof.finalThrough)
        writer.pairs("unknown", proof.unknown.ranges.lazy.map { ($0.start, $0.end) })
        writer.number("next_before", page.nextBefore)
        writer.number("next_from", page.nextFrom)
        return writer.end()
    }

    static let schema = Schema.named(
        "Candles",
        [
            "symbol": .string,
            "timeframe": .string,
            "kind": BarKind.schema,
            "from_ms": .means(
                "The page tells of [from_ms, to_ms): no bar there is none traded, unless it is unknown.", .integer),
            "to_ms": .integer,
            "step_ms": .means("Null for 1M, whose length varies.", .nullable(.integer)),
            "t": .means("Open times; the columns are of equal length, the oldest first.", .array(.integer)),
            "o": .array(.number),
            "h": .array(.number),
            "l": .array(.number),
            "c": .array(.number),
            "v": .means("In the base currency.", .array(.number)),
            "final_through_ms": .means(
                "Bars that open before this are final, but for those that unknown touches.", .integer),
            "unknown": .means("Of which nothing is proven: [from, to].", .array(.pair(.integer))),
            "next_before": .means("For the page before this one; null at the end.", .nullable(.integer)),
            "next_from": .means("After `from`: for the page behind this one; null at the end.", .nullable(.integer)),
        ])
}
