import Candles
import Storage

extension APIResource {
    static let gaps = APIResource(
        "gaps", "What is unknown, the newest first.",
        [
            QueryParameter("symbol", .symbol, "Only those of a symbol."),
            QueryParameter("timeframe", .timeframe, "Only those of a kept timeframe."),
            QueryParameter("limit", .integer(1...1000, default: 200), "At most so many gaps; the totals are of all."),
        ], GapsAnswer.schema
    ) { query, reading in
        let catalogue = try await reading.catalogue()
        let symbol = try query.text("symbol").map { name throws(APIProblem) in try catalogue.symbol(name) }
        let timeframe = try query.text("timeframe").map { name throws(APIProblem) in try catalogue.kept(timeframe: name)
        }
        let gaps = try await reading.read { try await $0.gaps(now: reading.now) }.filter {
            (symbol ?? $0.series.symbol) == $0.series.symbol
                && (timeframe ?? $0.series.timeframe) == $0.series.timeframe
        }
        let glances = Dictionary(uniqueKeysWithValues: catalogue.glances.map { ($0.stored.series, $0) })
        let answer = GapsAnswer(
            gaps, limit: query.integer("limit").map(Int.init) ?? 200, glances: glances, now: reading.now)
        return APIDocument(data: APIJSON.bytes(answer), lifetime: .second)
    }
}

/// /gaps: what is unknown.
struct GapsAnswer: Encodable, Sendable, Equatable {
    let total: Int
    let intervals: Int
    let gaps: [GapRow]

    /// The newest first.
    init(_ gaps: [Gap], limit: Int, glances: [Series: SeriesGlance], now: UnixMilliseconds) {
        total = gaps.count
        intervals = gaps.reduce(0) { $0 + $1.intervals }
        self.gaps = gaps.sorted {
            ($0.range.end, $0.range.start, $1.series) > ($1.range.end, $1.range.start, $0.series)
        }
        .prefix(limit).map { GapRow($0, glance: glances[$0.series], now: now) }
    }

    static let schema = Schema.named(
        "Gaps", ["total": .integer, "intervals": .integer, "gaps": .array(GapRow.schema)])
}

/// A stretch of which nothing is proven, and why.
struct GapRow: Encodable, Sendable, Equatable {
    enum Place: String, Encodable, Sendable, CaseIterable { case hole, behind, before }

    let symbol: String
    let timeframe: String
    let fromMs: UnixMilliseconds
    let toMs: UnixMilliseconds
    let intervals: Int
    let place: Place
    let explanation: String

    init(_ gap: Gap, glance: SeriesGlance?, now: UnixMilliseconds) {
        symbol = gap.series.symbol.name
        timeframe = gap.series.timeframe.rawValue
        fromMs = gap.range.start
        toMs = gap.range.end
        intervals = gap.intervals
        let place = Self.place(of: gap, glance)
        self.place = place
        explanation = Self.explanation(of: gap, place, isAll: glance?.provenTo == nil, now: now)
    }

    private static func place(of gap: Gap, _ glance: SeriesGlance?) -> Place {
        guard let glance, let provenTo = glance.provenTo, gap.range.start < provenTo else { return .behind }
        let stored = glance.stored
        return gap.range.start <= max(stored.wantedFrom, stored.firstOpen ?? stored.wantedFrom) ? .before : .hole
    }

    private static func explanation(of gap: Gap, _ place: Place, isAll: Bool, now: UnixMilliseconds) -> String {
        switch place {
        case .behind where isAll:
            "nothing of this series is fetched yet: 'ingest backfill --series \(gap.series) --start \(day(gap))' fetches it"
        case .behind: "not fetched yet: the newest intervals; the realtime timer fetches them"
        case .before:
            "older than anything kept: 'ingest backfill --series \(gap.series) --start \(day(gap))' fetches it"
        case .hole:
            "between what is known: 'ingest gap-repair --series \(gap.series) --lookback-days \(days(gap, now))' fills it"
        }
    }

    private static func day(_ gap: Gap) -> Substring { gap.range.start.iso8601.prefix(10) }

    private static func days(_ gap: Gap, _ now: UnixMilliseconds) -> Int64 {
        (max(0, now - gap.range.start)) / Timeframe.day1.milliseconds + 1
    }

    static let schema = Schema.named(
        "GapRow",
        [
            "symbol": .string,
            "timeframe": .string,
            "from_ms": .integer,
            "to_ms": .integer,
            "intervals": .integer,
            "place": .means(
                "hole: between what is known; behind: up to now; before: older than all that is known.",
                .choice(["hole", "behind", "before"])),
            "explanation": .means("One sentence: why it is there, and what fills it.", .string),
        ])
}
