import Candles
import Storage

extension APIResource {
    static let symbols = APIResource(
        "symbols", "The market watch: one row for each symbol.", [], .array(SymbolRow.schema)
    ) { _, reading in
        let catalogue = try await reading.catalogue()
        let times = SparkTimes(now: reading.now).times
        let rows = try await reading.read { reader in
            let tickers = Dictionary(try await reader.tickers().map { ($0.ticker.symbol, $0) }) { _, last in last }
            var rows: [SymbolRow] = []
            for symbol in catalogue.symbols {
                let glances = catalogue.glances(of: symbol)
                guard let finest = glances.first else { continue }
                let ticker = tickers[symbol]
                let closes = try await reader.closes(of: finest.stored, before: times, age: SparkTimes.age)
                let total =
                    ticker?.isFresh(now: reading.now) == true
                    ? nil : try await PastDay.total(of: finest, by: reader, now: reading.now)
                rows +=
                    SymbolRow(glances, ticker: ticker, closes: closes, total: total, now: reading.now).map { [$0] }
                    ?? []
            }
            return rows
        }
        return APIDocument(data: APIJSON.bytes(rows), lifetime: .second)
    }
}
