import Candles
import Foundation
import NIOCore

/// The rows that answer a request, before and after faults.
struct CandlePage {
    /// One row as it will be sent.
    struct Row: Equatable {
        var time: UnixMilliseconds
        var text: ByteBuffer
    }

    private let visible: VisibleRows
    private let range: Range<Int>
    /// The rows, where some between them are left out; nil where they are all of `range`.
    private let chosen: [Int]?
    private let ascending: Bool

    /// Finds the rows; `maximum` is a limit that the server applies without saying so, and it has none of `withdrawn`.
    init(
        _ request: CandleRequest, in visible: VisibleRows, maximum: Int = .max,
        without withdrawn: [ClosedRange<UnixMilliseconds>] = []
    ) {
        self.visible = visible
        ascending = request.ascending
        let found = visible.indices(from: request.start, through: request.end)
        let limit = min(request.limit, maximum)
        range = request.ascending ? found.prefix(limit) : found.suffix(limit)
        if withdrawn.isEmpty {
            chosen = nil
        } else {
            let left = found.filter { index in !withdrawn.contains { $0.contains(visible.time(at: index)) } }
            chosen = Array(request.ascending ? left.prefix(limit) : left.suffix(limit))
        }
    }

    var count: Int { chosen?.count ?? range.count }

    /// The rows in the order in which they are sent.
    var rows: [Row] {
        let indices = chosen ?? Array(range)
        let order = ascending ? indices : indices.reversed()
        return order.map { Row(time: visible.time(at: $0), text: visible.row(at: $0)) }
    }

    var reply: ReplayReply {
        if chosen != nil { return CandlePage.reply(rows) }
        return ReplayReply(body: [ByteBuffer(string: "[")] + text + [ByteBuffer(string: "]")], rows: count)
    }

    private var text: [ByteBuffer] {
        if ascending || count == 1 { return visible.text(range) }
        return [CandlePage.joined(range.reversed().lazy.map { visible.row(at: $0) })]
    }

    /// The reply for rows that a fault has changed.
    static func reply(_ rows: [Row]) -> ReplayReply {
        let text = joined(rows.lazy.map(\.text))
        return ReplayReply(body: [ByteBuffer(string: "["), text, ByteBuffer(string: "]")], rows: rows.count)
    }

    private static func joined(_ rows: some Sequence<ByteBuffer>) -> ByteBuffer {
        var text = ByteBuffer()
        for row in rows {
            if text.writerIndex > 0 { text.writeInteger(UInt8(ascii: ",")) }
            text.writeImmutableBuffer(row)
        }
        return text
    }
}

/// What `GET /v2/candles/trade:{TF}:{tSYMBOL}/{hist|last}?…` asks for.
///
/// - Source: <https://docs.bitfinex.com/reference/rest-public-candles>
struct CandleRequest: Equatable {
    enum Section: String { case hist, last }

    /// Nil where the exchange can have no such series, which it answers with an empty list.
    var series: Series?
    var section: Section
    /// Inclusive, on the open time.
    var start: UnixMilliseconds?
    /// Inclusive, on the open time.
    var end: UnixMilliseconds?
    var limit = 100
    var ascending = false

    /// Nil where the path is not one of candles.
    ///
    /// - Throws: `ParameterError` as the exchange words it.
    init?(path: String, query: String) throws(ParameterError) {
        let parts = (path.removingPercentEncoding ?? path).split(separator: "/")
        guard parts.count == 4, parts[0] == "v2", parts[1] == "candles",
            let section = Section(rawValue: String(parts[3]))
        else { return nil }
        self.section = section
        series = try CandleRequest.series(key: String(parts[2]))
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            try apply(String(pair[0]), String(pair[1]).removingPercentEncoding ?? String(pair[1]))
        }
        if let start, let end, start > end { throw .invalid("time_interval") }
    }

    private mutating func apply(_ name: String, _ value: String) throws(ParameterError) {
        switch name {
        case "start": start = try CandleRequest.integer(value, name)
        case "end": end = try CandleRequest.integer(value, name)
        case "sort":
            let sort = try CandleRequest.integer(value, name)
            guard (-1...1).contains(sort) else { throw .invalid("sort") }
            ascending = sort == 1
        case "limit":
            let wanted = try CandleRequest.integer(value, name)
            guard (1...Int64(Timeframe.maximumCandlesPerCall)).contains(wanted) else { throw .invalid("limit") }
            limit = Int(wanted)
        default: break
        }
    }

    private static func integer(_ text: String, _ name: String) throws(ParameterError) -> Int64 {
        guard let value = Int64(text) else { throw .invalid(name) }
        return value
    }

    /// Splits `trade:1h:tDUSK:USD`; a symbol that begins with neither `t` nor `f` is the one error that is documented.
    private static func series(key: String) throws(ParameterError) -> Series? {
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "trade", let kind = parts[2].first, kind == "t" || kind == "f" else {
            throw .invalid("symbol")
        }
        guard let symbol = try? Symbol(String(parts[2])), let timeframe = Timeframe(rawValue: String(parts[1])) else {
            return nil
        }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}

/// A parameter that the exchange refuses, which it does with status 500.
enum ParameterError: Error, Equatable {
    case invalid(String)

    var reply: ReplayReply {
        switch self {
        case .invalid(let name): .json("[\"error\",10020,\"\(name): invalid\"]", status: 500)
        }
    }
}
