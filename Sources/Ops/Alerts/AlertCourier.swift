package import Host
import Journal
package import Logging
package import Resilience

/// Tells people what is in the queues: all channels at once, each one message at a time, the gravest first.
///
/// What a channel does not take stays in the queue. At any moment one process alone tells a channel, so that the order holds and
/// nothing is told twice; the kernel takes the lock back from one that is killed, and what it had begun is told again where it is
/// critical.
package struct AlertCourier<C: Clock>: Sendable where C.Duration == Duration {
    private let queues: AlertQueues
    private let post: DeliveryAttempt<C>
    private let clock: C
    private let logger: Logger
    private let complaints = RepeatedLine()

    /// `monotonicNow` is the breakers' clock, `breaker` gives the settings of a channel's; `environment` and `host` are said with each
    /// notice.
    package init(
        _ queues: AlertQueues, clock: C, monotonicNow: @escaping @Sendable () -> Int64, environment: String?,
        host: String, logger: Logger,
        breaker: @escaping @Sendable (String) -> CircuitBreakerSettings = { _ in .standard }
    ) {
        self.queues = queues
        self.clock = clock
        self.logger = logger
        post = DeliveryAttempt(
            queues, clock: clock, monotonicNow: monotonicNow, environment: environment, host: host, logger: logger,
            settings: breaker)
    }

    /// Delivers until `stop` is closed and what was begun has ended, or until it is cancelled: what is raised in this process at once,
    /// the rest within a second.
    package func run(until stop: ShutdownLatch = ShutdownLatch()) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ring(until: stop) }
            for channel in queues.channels {
                group.addTask {
                    for await _ in queues.bell.rings() {
                        await drain(channel) { !Task.isCancelled && !stop.isClosed }
                        if stop.isClosed { return }
                    }
                }
            }
            await group.waitForAll()
        }
    }

    private func ring(until stop: ShutdownLatch) async {
        await meet()
        var seconds = 0
        while await stop.sleep(until: clock.now.advanced(by: .seconds(1)), clock: clock) {
            seconds += 1
            if seconds.isMultiple(of: 3600) { await meet() }
            await endSilences()
            queues.bell.ring()
        }
        // Those that wait for a ring end by this one.
        queues.bell.ring()
    }

    private func endSilences() async {
        do {
            try await queues.shared?.endSilences()
        } catch {
            if complaints.isNew("\(error)", of: "silences") {
                logger.error("the end of a silence was not noted in the journal", metadata: ["fault": "\(error)"])
            }
        }
    }

    /// Tries once to deliver each message that is due, and waits where another process is at it; after `deadline` nothing more is
    /// begun, and what was begun has 30 s.
    package func drainOnce(within deadline: Duration) async {
        let end = clock.now.advanced(by: deadline)
        await meet()
        await endSilences()
        await withTaskGroup(of: Void.self) { group in
            for channel in queues.channels {
                group.addTask {
                    let goesOn = { !Task.isCancelled && clock.now < end }
                    while await drain(channel, while: goesOn) == .busy, goesOn() {
                        // Cut short by cancellation, which ends the loop.
                        try? await clock.sleep(for: .milliseconds(100))
                    }
                }
            }
            await group.waitForAll()
        }
    }

    /// Says in the journal which channels this process tells.
    private func meet() async {
        let channels = queues.channels.map {
            KnownChannel(name: $0.name, configuration: $0.configuration, threshold: $0.threshold.rawValue)
        }
        do {
            try await queues.journal?.registerChannels(channels)
        } catch {
            logger.error("the channels were not noted in the journal", metadata: ["fault": "\(error)"])
        }
    }

    private enum DrainEnd {
        case done, busy
    }

    @discardableResult
    private func drain(_ channel: any AlertChannel, while goesOn: () -> Bool) async -> DrainEnd {
        await empty(queues.own, into: channel, while: goesOn)
        guard let journal = queues.journal, let shared = queues.shared else { return .done }
        do {
            let lock = try journal.lockAlertChannel(channel.name)
            defer { lock.release() }
            await empty(shared, into: channel, while: goesOn)
            return .done
        } catch JournalFault.busy {
            return .busy
        } catch {
            post.say("the queue of alerts cannot be used", of: channel, error)
            return .done
        }
    }

    private func empty(
        _ queue: some AlertQueue, into channel: any AlertChannel, while goesOn: () -> Bool
    ) async {
        do {
            while goesOn(), let dispatch = try await queue.take(for: channel) {
                guard try await post.deliver(dispatch, from: queue, to: channel) else { return }
            }
        } catch {
            // What is critical, was told and could not be noted is told again once the journal can be written.
            if !(error is CancellationError) { post.say("the queue of alerts cannot be used", of: channel, error) }
        }
    }
}
