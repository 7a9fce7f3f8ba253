import Candles
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
