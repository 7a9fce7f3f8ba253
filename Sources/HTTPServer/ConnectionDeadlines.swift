import NIOCore

/// By when a connection must have gone on.
///
/// No client can put a deadline off by sending little: each runs from the beginning of what it limits.
struct ConnectionDeadlines {
    enum Expiry: Sendable, Equatable {
        /// Half a request came: it is answered, as far as that is still possible.
        case answer
        case close
    }

    private enum Reading {
        /// No byte of a request has come since then.
        case nothing(since: NIODeadline)
        case head(since: NIODeadline)
        case body(since: NIODeadline)
    }

    private let limits: HTTPServerLimits
    private var reading: Reading
    private var hasBytes = false
    private(set) var answersOwed = 0
    private var stalledSince: NIODeadline?
    private var lastMoment: NIODeadline?

    init(_ limits: HTTPServerLimits, acceptedAt now: NIODeadline) {
        self.limits = limits
        reading = .head(since: now)
    }

    /// The moment at which the connection ends unless something happens; nil while the server is at work on an answer.
    var deadline: NIODeadline? { Self.earlier(requestDeadline, Self.earlier(stallDeadline, lastMoment)) }

    /// What is to be done at the deadline.
    var expiry: Expiry {
        if lastMoment != nil || stalledSince != nil { return .close }
        switch reading {
        case .nothing: return .close
        case .head: return hasBytes ? .answer : .close
        case .body: return .answer
        }
    }

    mutating func bytesCame(at now: NIODeadline) {
        hasBytes = true
        if case .nothing = reading { reading = .head(since: now) }
    }

    mutating func headCame(at now: NIODeadline) {
        reading = .body(since: now)
        answersOwed += 1
    }

    mutating func requestCame(at now: NIODeadline) {
        reading = .nothing(since: now)
        hasBytes = false
    }

    mutating func answered(at now: NIODeadline) {
        answersOwed = max(0, answersOwed - 1)
        // While it had an answer to wait for, the client could not be expected to go on.
        switch reading {
        case .nothing: reading = .nothing(since: now)
        case .head: reading = .head(since: now)
        case .body: break
        }
    }

    /// Whether the client takes what is written.
    mutating func flows(_ isFlowing: Bool, at now: NIODeadline) {
        stalledSince = isFlowing ? nil : stalledSince ?? now
    }

    /// The connection ends within `time`, whatever happens.
    mutating func end(within time: Duration, at now: NIODeadline) {
        let moment = now + TimeAmount(time)
        lastMoment = min(lastMoment ?? moment, moment)
    }

    private static func earlier(_ left: NIODeadline?, _ right: NIODeadline?) -> NIODeadline? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    private var requestDeadline: NIODeadline? {
        switch reading {
        case .nothing(let since): answersOwed > 0 ? nil : since + TimeAmount(limits.idle)
        case .head(let since): answersOwed > 0 ? nil : since + TimeAmount(limits.head)
        case .body(let since): since + TimeAmount(limits.body)
        }
    }

    private var stallDeadline: NIODeadline? { stalledSince.map { $0 + TimeAmount(limits.stall) } }
}
