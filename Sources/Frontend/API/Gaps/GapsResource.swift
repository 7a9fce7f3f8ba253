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
