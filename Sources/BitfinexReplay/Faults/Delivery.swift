/// How a reply is sent.
package enum Delivery: Sendable, Equatable {
    case whole
    /// Never.
    case hang
    /// The connection is reset instead.
    case reset
    /// Half of it, then the connection is closed.
    case truncated
    /// So many bytes at a time, with a pause before each.
    case slowDrip(bytes: Int, pause: Duration)
}
