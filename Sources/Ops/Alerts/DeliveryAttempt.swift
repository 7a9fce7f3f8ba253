import Candles
import Journal
import Logging
import Resilience

/// One attempt to tell one channel, with its circuit breaker, its deadline, and what becomes of a failure.
struct DeliveryAttempt<C: Clock>: Sendable where C.Duration == Duration {
    private static var backoff: Backoff { Backoff(base: .seconds(2), cap: .seconds(120)) }
    /// Failures of one message after which the other channels are told.
    private static var patience: Int { 5 }

    private let queues: AlertQueues
    private let clock: C
    private let monotonicNow: @Sendable () -> Int64
    private let environment: String?
    private let host: String
    private let logger: Logger
    private let settings: @Sendable (String) -> CircuitBreakerSettings
    private let complaints = RepeatedLine()

    init(
        _ queues: AlertQueues, clock: C, monotonicNow: @escaping @Sendable () -> Int64, environment: String?,
        host: String, logger: Logger, settings: @escaping @Sendable (String) -> CircuitBreakerSettings
    ) {
        self.queues = queues
        self.clock = clock
        self.monotonicNow = monotonicNow
        self.environment = environment
        self.host = host
        self.logger = logger
        self.settings = settings
    }

    /// False where the channel takes nothing more now.
    func deliver(
        _ dispatch: AlertDispatch, from queue: some AlertQueue, to channel: any AlertChannel
    ) async throws -> Bool {
        guard let notice = dispatch.notice(environment: environment, host: host) else { return false }
        let breaker = breaker(of: channel)
        var permit: BreakerPermit?
        do {
            permit = try await breaker?.admit()
        } catch let open as CircuitOpen {
            try await queue.end(dispatch, .untried)
            await hold(channel, for: open.remaining ?? .seconds(60))
            return false
        } catch is JournalFault {
            // Without the journal there is no breaker, and the alert matters more.
        }
        let result = await attempt(notice, to: channel)
        if case .failure(let error) = result, error is CancellationError {
            if let permit { try await breaker?.cancel(permit) }
            return false
        }
        // What was told is noted first: it would be told again.
        let goesOn = try await settle(result, dispatch, queue, channel)
        if let permit, case .failure(ChannelFault.unattended) = result {
            // Neither its success nor its failure.
            try? await breaker?.cancel(permit)
        } else if let permit {
            try? await breaker?.record(permit, succeeded: result.isBreakerSuccess)
        }
        return goesOn
    }

    func say(_ message: Logger.Message, of channel: any AlertChannel, _ error: any Error) {
        guard complaints.isNew("\(error)", of: channel.name) else { return }
        logger.error(message, metadata: ["channel": "\(channel.name)", "fault": "\(error)"])
    }

    private func breaker(of channel: any AlertChannel) -> SharedCircuitBreaker? {
        queues.journal.map {
            SharedCircuitBreaker(
                journal: $0, name: channel.name, settings: settings(channel.name), monotonicNow: monotonicNow)
        }
    }

    /// A channel that does not come to an end has an unknown outcome.
    private func attempt(_ notice: AlertNotice, to channel: any AlertChannel) async -> Result<Void, any Error> {
        let limit = Duration.seconds(30)
        let overdue = ChannelFault.unknownOutcome(
            channel: channel.name, reason: "no end within \(limit.components.seconds) s")
        do {
            // What the channel says of its end counts, also where the task is cancelled meanwhile.
            return try await withDeadline(limit, of: clock, orThrow: overdue) {
                do {
                    return .success(try await channel.deliver(notice))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .failure(error)
        }
    }

    private func settle(
        _ result: Result<Void, any Error>, _ dispatch: AlertDispatch, _ queue: some AlertQueue,
        _ channel: any AlertChannel
    ) async throws -> Bool {
        switch result {
        case .success:
            try await queue.end(dispatch, .delivered)
            await praise(channel)
            return true
        case .failure(let fault as ChannelFault):
            return try await settle(fault, dispatch, queue, channel)
        case .failure(let error):
            let after: Duration? =
                if case .retryable(let floor) = (error as? any Fault)?.disposition { floor } else { nil }
            return try await settle(
                .unavailable(channel: channel.name, reason: "\(error)", after: after), dispatch, queue, channel)
        }
    }

    private func settle(
        _ fault: ChannelFault, _ dispatch: AlertDispatch, _ queue: some AlertQueue, _ channel: any AlertChannel
    ) async throws -> Bool {
        let attempts = dispatch.delivery.attempts + 1
        switch fault {
        case .unavailable(_, _, let after):
            try await queue.end(dispatch, .failed(retry: wait(attempts, floor: after)))
            if let after { await hold(channel, for: after) }
            await complain(of: channel, fault, attempts)
            return after == nil
        case .unknownOutcome:
            let isTired = attempts > 3
            try await queue.end(
                dispatch, .unknown(retry: isTired ? queues.rules.critical : wait(attempts, floor: nil)))
            await complain(of: channel, fault, attempts)
            return true
        case .unattended:
            logger.debug("nobody is there", metadata: ["channel": "\(channel.name)", "fault": "\(fault)"])
            try await queue.end(dispatch, .refused)
            return true
        case .refused:
            logger.error("an alert was refused", metadata: ["channel": "\(channel.name)", "fault": "\(fault)"])
            try await queue.end(dispatch, .refused)
            return true
        case .gone(_, let reason, let remedy):
            try await queue.end(dispatch, .failed(retry: .seconds(60)))
            await lose(channel, fault, reason: reason, remedy: remedy)
            return false
        }
    }

    private func wait(_ attempts: Int, floor: Duration?) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return Self.backoff.delay(attempt: attempts, floor: floor, using: &generator)
    }

    /// A hold that cannot be noted is none: the message itself has its wait.
    private func hold(_ channel: any AlertChannel, for duration: Duration) async {
        try? await queues.journal?.holdAlertChannel(
            channel.name, configuration: channel.configuration, for: min(duration, queues.rules.longestHold))
    }

    private func lose(_ channel: any AlertChannel, _ fault: ChannelFault, reason: String, remedy: String) async {
        say("a channel takes no alerts any more", of: channel, fault)
        do {
            try await queues.journal?.loseAlertChannel(
                channel.name, configuration: channel.configuration, reason: reason)
        } catch {
            say("the queue of alerts cannot be used", of: channel, error)
        }
        await AlertDesk(queues, logger: logger).raise(
            Alert(
                source: AlertDesk.source, rule: fault.code, target: channel.name, severity: .critical,
                message: fault.summary, hint: remedy))
    }

    /// Tells the other channels, once this one has failed for a while.
    private func complain(of channel: any AlertChannel, _ fault: ChannelFault, _ attempts: Int) async {
        say("a channel does not take alerts", of: channel, fault)
        guard attempts >= Self.patience else { return }
        await AlertDesk(queues, logger: logger).raise(
            Alert(
                source: AlertDesk.source, rule: "channel-unavailable", target: channel.name, severity: .warning,
                message: fault.summary, hint: "see that \(channel.name) works: ops alert test"))
    }

    /// The channel works.
    private func praise(_ channel: any AlertChannel) async {
        complaints.forget(channel.name)
        for rule in ["channel-unavailable", "channel-gone"] {
            await AlertDesk(queues, logger: logger).resolve(
                source: AlertDesk.source, rule: rule, target: channel.name,
                message: "\(channel.name) takes alerts again")
        }
    }
}

extension Result<Void, any Error> {
    /// Whether the channel itself works: one that is gone says so at once, and is not asked again.
    fileprivate var isBreakerSuccess: Bool {
        switch self {
        case .success: true
        case .failure(let fault as ChannelFault):
            switch fault {
            case .refused, .gone, .unattended: true
            case .unavailable, .unknownOutcome: false
            }
        case .failure: false
        }
    }
}
