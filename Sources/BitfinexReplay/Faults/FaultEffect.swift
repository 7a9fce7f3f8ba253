/// What goes wrong.
package enum FaultEffect: Sendable, Equatable {
    /// One of the exchange's own errors; while `maintenance` is scripted, the platform's status is 0.
    case error(ErrorReply, retryAfter: Int? = nil)
    /// Any status and body.
    case reply(status: Int, body: String)
    /// 200 with bytes that are not JSON.
    case garbage
    /// 200 with `[]`, whatever there is.
    case empty
    /// 200 without a byte.
    case emptyBody
    /// The maximum of rows a reply is lower than documented, without an error.
    case pageLimit(Int)
    /// The order asked for is ignored: the newest rows come first.
    case sortIgnored
    /// The rows are those of so many seconds ago, as a cache would have kept them.
    case asOf(seconds: Int)
    /// The reply says that it was made so many seconds from now, and how long a cache has had it.
    case dated(seconds: Int?, age: String?)
    /// The exchange has no longer what opened from a time through another.
    case withdrawn(from: Int64, through: Int64)
    case rows(RowEdit)
    case delivery(Delivery)
    /// On `/ws/2` only.
    case webSocket(WebSocketFault)

    /// The reply that is sent instead of the real one; nil where this only changes it.
    func replacement(for path: String) -> ReplayReply? {
        switch self {
        case .error(.maintenance, _) where path == "/v2/platform/status": .json("[0]")
        case .error(.badPath, _): .cannotGet(path)
        case .error(let error, let retryAfter): error.reply(retryAfter: retryAfter)
        case .reply(let status, let body): .json(body, status: status)
        case .garbage: .json("\u{1F}\u{8B} this is not JSON [[1483228800000,")
        case .empty: .json("[]")
        case .emptyBody: ReplayReply()
        case .pageLimit, .sortIgnored, .asOf, .dated, .withdrawn, .rows, .delivery, .webSocket: nil
        }
    }
}
