import Journal
package import Resilience

/// The kinds of job that ask the exchange for candles of one series.
package enum JobKind: Sendable {
    case backfill, realtime, stream, gapRepair, audit

    /// In locks and in the journal.
    package var name: String {
        let name: JobName =
            switch self {
            case .backfill: .backfill
            case .realtime: .realtime
            case .stream: .stream
            case .gapRepair: .gapRepair
            case .audit: .audit
            }
        return name.rawValue
    }

    package var priority: RequestPriority {
        switch self {
        case .realtime, .stream: .realtime
        case .gapRepair: .repair
        case .backfill, .audit: .backfill
        }
    }

    /// The longest wait for the budget or for the end of a ban.
    ///
    /// A minute timer's job gives up early: the next one asks for the same.
    package var patience: Duration { self == .realtime ? .seconds(300) : .seconds(900) }

    /// Whether it runs every minute: then it says one line, and its runs are soon forgotten.
    package var isFrequent: Bool { self == .realtime }

    /// How long the journal remembers its runs.
    package var memory: Duration { isFrequent ? .seconds(26 * 3600) : .seconds(90 * 86_400) }
}
