import Candles
import NIOCore

/// A change to the rows of a reply.
package enum RowEdit: Sendable, Equatable {
    /// The middle row comes twice.
    case duplicates
    /// The first and the last row change places.
    case unsorted
    /// Each row has three more fields at its end, as the exchange says it may.
    case extraFields
    /// A row before `start` and one after `end`.
    case outOfRange
    /// The oldest row is missing: with `start` the one that it names, with a descending order the last.
    case dropWitness
    /// The last rows as sent are missing.
    case dropLast(Int)
    /// The newest rows in time are missing.
    case dropNewest(Int)
    /// The middle row has five fields.
    case fiveFields
    /// The middle row's last field is `null`.
    case nullField
    /// The middle row is `null`.
    case nullRow
    /// The row of a time is another text: one row, several, or none that can be read.
    case replaced(at: Int64, text: String)

    typealias Row = CandlePage.Row

    func apply(to rows: inout [Row], of request: CandleRequest) {
        switch self {
        case .duplicates: if let middle = rows.middle { rows.insert(rows[middle], at: middle) }
        case .unsorted: if rows.count > 1 { rows.swapAt(0, rows.count - 1) }
        case .extraFields: for index in rows.indices { rows[index].replaceEnd("]", with: #",0,null,"new"]"#) }
        case .outOfRange: rows.addNeighbours(of: request)
        case .dropWitness: dropWitness(from: &rows, of: request)
        case .dropLast(let count): rows.removeLast(min(count, rows.count))
        case .dropNewest(let count):
            let kept = max(0, rows.count - count)
            rows = request.ascending ? Array(rows.prefix(kept)) : Array(rows.suffix(kept))
        case .fiveFields: rows.editMiddle { $0.cutLastField(and: "]") }
        case .nullField: rows.editMiddle { $0.cutLastField(and: ",null]") }
        case .replaced(let time, let text):
            for index in rows.indices where rows[index].time == time { rows[index].text = ByteBuffer(string: text) }
        case .nullRow: rows.editMiddle { $0.text = ByteBuffer(string: "null") }
        }
    }

    private func dropWitness(from rows: inout [Row], of request: CandleRequest) {
        if rows.isEmpty { return }
        if !request.ascending { rows.removeLast() } else if request.start != nil { rows.removeFirst() }
    }
}

extension [CandlePage.Row] {
    fileprivate var middle: Int? { isEmpty ? nil : count / 2 }

    fileprivate mutating func editMiddle(_ edit: (inout CandlePage.Row) -> Void) {
        if let middle { edit(&self[middle]) }
    }

    fileprivate mutating func addNeighbours(of request: CandleRequest) {
        guard let timeframe = request.series?.timeframe else { return }
        var older = request.start.map { CandlePage.Row(besides: $0, by: -timeframe.milliseconds) }
        var newer = request.end.map { CandlePage.Row(besides: $0, by: timeframe.milliseconds) }
        if !request.ascending { swap(&older, &newer) }
        if let older { insert(older, at: 0) }
        if let newer { append(newer) }
    }
}

extension CandlePage.Row {
    /// A made-up row near a bound, which a client may have set to anything.
    fileprivate init(besides bound: UnixMilliseconds, by offset: Int64) {
        let year3000: UnixMilliseconds = 32_503_680_000_000
        let time = min(max(0, bound), year3000) + offset
        self.init(time: time, text: ByteBuffer(string: "[\(time),1,1,1,1,1]"))
    }

    fileprivate mutating func replaceEnd(_ end: String, with replacement: String) {
        text = ByteBuffer(string: String(buffer: text).dropLast(end.count) + replacement)
    }

    fileprivate mutating func cutLastField(and end: String) {
        let kept = String(buffer: text).split(separator: ",").dropLast().joined(separator: ",")
        text = ByteBuffer(string: kept + end)
    }
}
