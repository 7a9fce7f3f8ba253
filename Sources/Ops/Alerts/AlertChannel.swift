package import Resilience

/// A way to a person.
package protocol AlertChannel: Sendable {
    /// Stable, as in `telegram`; also the name of its circuit breaker.
    var name: String { get }
    /// Changes when its address or its secret does, and tells neither: a digest.
    var configuration: String { get }
    /// What is less than this is not told here.
    var threshold: Severity { get }
    /// Tells a person; returns once the other side has taken it.
    ///
    /// - Throws: `ChannelFault`, or `CancellationError`.
    func deliver(_ notice: AlertNotice) async throws
}

/// Why a channel did not take a notice.
package enum ChannelFault: Fault, Equatable {
    /// It may take the same later, `after` at the earliest.
    case unavailable(channel: String, reason: String, after: Duration?)
    /// It never will again as it is configured: a revoked token, a webhook that was deleted, a bot that was blocked.
    case gone(channel: String, reason: String, remedy: String)
    /// Nobody can say whether it was delivered: the connection ended after it was sent.
    case unknownOutcome(channel: String, reason: String)
    /// It will never take this notice, in no form.
    case refused(channel: String, reason: String)
    /// Nobody is there to whom it could be shown; others tell it.
    case unattended(channel: String, reason: String)

    package var code: String {
        switch self {
        case .unavailable: "channel-unavailable"
        case .gone: "channel-gone"
        case .unknownOutcome: "channel-unknown-outcome"
        case .refused: "channel-refused"
        case .unattended: "channel-unattended"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .unavailable, .unknownOutcome, .refused, .unattended: .unavailable
        case .gone: .configuration
        }
    }
    package var origin: FaultOrigin { .service }

    package var disposition: Disposition {
        switch self {
        case .unavailable(_, _, let after): .retryable(after: after)
        case .unknownOutcome: .retryable(after: nil)
        case .gone, .refused, .unattended: .permanent
        }
    }

    package var summary: String {
        switch self {
        case .unavailable(let channel, let reason, _): "\(channel) does not take alerts now: \(reason)"
        case .gone(let channel, let reason, _): "\(channel) takes no alerts any more: \(reason)"
        case .unknownOutcome(let channel, let reason): "\(channel) may or may not have taken an alert: \(reason)"
        case .refused(let channel, let reason): "\(channel) refused an alert: \(reason)"
        case .unattended(let channel, let reason): "nobody is at the \(channel): \(reason)"
        }
    }

    package var hint: String? {
        switch self {
        case .unavailable: "nothing; it is tried again until it is taken"
        case .gone(_, _, let remedy): remedy
        case .unknownOutcome: "nothing; a critical alert is sent again, others are not"
        case .refused: "report this line: the program should have sent it in another form"
        case .unattended: "nothing where nobody is logged in"
        }
    }
}
