import Candles
import Ingest

/// A history in memory that answers as the exchange does, and that can be told to answer wrongly.
struct SimulatedExchange {
    /// What is done to the rows of an answer before it is sent; `dropFirst` hides the witness.
    enum Fault: CaseIterable {
        case empty, dropFirst, dropLast, half, unsorted, duplicate
    }

    let candles: [Candle]
    let pageSize: Int

    init(openTimes: [UnixMilliseconds], pageSize: Int) {
        candles = openTimes.map { Candle(openTime: $0, open: 1, high: 1, low: 1, close: 1, volume: 1) }
        self.pageSize = pageSize
    }

    func answer(_ request: PageRequest, fault: Fault? = nil) -> [Candle] {
        let inside = candles.filter { request.start <= $0.openTime && $0.openTime <= request.last }
        let ordered = request.order == .oldestFirst ? inside : inside.reversed()
        var rows = Array(ordered.prefix(min(request.limit, pageSize)))
        switch fault {
        case nil: break
        case .empty: rows = []
        case .dropFirst: rows = request.order == .oldestFirst ? Array(rows.dropFirst()) : Array(rows.dropLast())
        case .dropLast: rows = Array(rows.dropLast(3))
        case .half: rows = Array(rows.prefix(max(1, rows.count / 2)))
        case .unsorted: if rows.count > 1 { rows.swapAt(0, rows.count - 1) }
        case .duplicate: if let last = rows.last { rows.append(last) }
        }
        return rows
    }
}
