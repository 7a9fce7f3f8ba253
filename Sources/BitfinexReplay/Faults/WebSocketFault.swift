/// What goes wrong on `/ws/2`; afterwards the server goes on as if nothing had happened, unless the case says otherwise.
package enum WebSocketFault: Sendable, Equatable {
    /// The connection sends nothing any more, and stays open.
    case stall
    /// The channel sends nothing any more; others go on.
    case channelStall
    /// The frame is lost, with its sequence number.
    case sequenceGap
    /// The frame has the sequence number of the one before it.
    case sequenceRepeat
    /// The frame is lost, and the next one has its sequence number.
    case lostFrame
    /// A close frame instead.
    case close(status: Int)
    /// A TCP reset instead.
    case reset
    /// Info 20051 instead, then a close frame.
    case restart
    /// Info 20060 instead, no data for so long, then info 20061; meanwhile the platform's status is 0.
    case maintenance(Duration)
    /// The frame is sent twice, each with a number of its own.
    case duplicate
    /// After the frame, a partial state of the interval before.
    case latePrevious
    /// After the frame, an earlier state of the same row.
    case staleUpdate
    /// Before the frame, one for a channel that nobody subscribed to.
    case unknownChannel
    /// Before the frame, a text that is not JSON.
    case garbage
    /// Before the frame, one of 2 MiB.
    case oversized
    /// A subscription is answered with 10300.
    case invalidSymbol
    /// A subscription is not answered.
    case noAck
    /// A data frame of the channel comes before its `subscribed`.
    case earlyData
    /// The upgrade is answered with 429.
    case refuse

    /// When a fault can strike.
    enum Occasion: Sendable {
        case dataFrame
        /// An update of a row whose earlier state differs.
        case grownRow
        /// An update of a series that has an interval before the running one.
        case laterRow
        case subscribe
        case upgrade
    }

    var occasion: Occasion {
        switch self {
        case .invalidSymbol, .noAck, .earlyData: .subscribe
        case .refuse: .upgrade
        case .staleUpdate: .grownRow
        case .latePrevious: .laterRow
        default: .dataFrame
        }
    }

    /// The faults that need no value, by name.
    static let simple: [String: WebSocketFault] = [
        "ws_stall": .stall, "ws_channel_stall": .channelStall, "ws_sequence_gap": .sequenceGap,
        "ws_sequence_repeat": .sequenceRepeat, "ws_lost_frame": .lostFrame, "ws_reset": .reset,
        "ws_restart": .restart, "ws_duplicate": .duplicate, "ws_late_previous": .latePrevious,
        "ws_stale_update": .staleUpdate, "ws_unknown_channel": .unknownChannel, "ws_garbage": .garbage,
        "ws_oversized": .oversized, "ws_invalid_symbol": .invalidSymbol, "ws_no_ack": .noAck,
        "ws_early_data": .earlyData, "ws_refuse": .refuse,
    ]

    /// As `POST /__fault` and `GET /__stats` call it.
    package var name: String {
        switch self {
        case .close: "ws_close"
        case .maintenance: "ws_maintenance"
        default: WebSocketFault.simple.first { $0.value == self }?.key ?? ""
        }
    }
}
