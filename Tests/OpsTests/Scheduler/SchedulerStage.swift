import Alerts
import Candles
import Foundation
import Host
import Journal
import NIOConcurrencyHelpers
import Resilience
import Scheduler
import TestSupport

/// A host with a clock that stands still and a wall clock that can be set, and a scheduler's tasks on it.
final class SchedulerStage: Sendable {
    let folder: ScratchFolder
    let clock = ManualClock(startingAt: .seconds(1_700_000_000))
    let alerts = RecordedAlerts()
    let latch = ShutdownLatch()
    private let step = NIOLockedValueBox(Int64(0))
    private let log = AsyncStream<SchedulerEvent>.makeStream()

    init(_ folder: ScratchFolder? = nil) throws {
        self.folder = try folder ?? ScratchFolder()
    }

    var now: @Sendable () -> UnixMilliseconds {
        { [clock, step] in clock.milliseconds + step.withLockedValue { $0 } }
    }

    func setWallClock(by seconds: Int64) { step.withLockedValue { $0 += seconds * 1000 } }

    func journal() throws -> Journal { try Journal(folder: folder.url.appending(path: "state"), now: now) }

    func scheduler(_ tasks: [ScheduledTask]) throws -> Scheduler<ManualClock> {
        Scheduler(
            tasks, journal: try journal(), clock: clock, now: now, alerts: alerts,
            emit: { [input = log.continuation] in input.yield($0) })
    }

    /// Runs the tasks beside `body`, then closes the latch and waits for the end.
    func run(_ tasks: [ScheduledTask], _ body: @Sendable (Scheduler<ManualClock>) async throws -> Void) async throws {
        let scheduler = try scheduler(tasks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [latch] in await scheduler.run(until: latch) }
            defer { latch.close() }
            try await body(scheduler)
            latch.close()
            try await group.waitForAll()
        }
    }

    /// The next event that `pick` makes something of.
    func next<T>(_ pick: (SchedulerEvent) -> T?) async -> T? {
        for await event in log.stream {
            if let value = pick(event) { return value }
        }
        return nil
    }

    /// Waits for the end of a task's run.
    func end(of name: String) async {
        _ = await next { event in
            switch event {
            case .ended(name, _, _), .failed(name, _, _), .overdue(name, _, _), .stopped(name): true
            default: nil
            }
        }
    }

    /// Outcomes of the runs of a task, oldest first; nil is a run without an end.
    func outcomes(of name: String) async throws -> [String?] {
        try await journal().runs(limit: 1000).filter { $0.series == name }.reversed().map(\.outcome)
    }
}

/// What people would have been told.
final class RecordedAlerts: AlertSink {
    private let alerts = NIOLockedValueBox<[Alert]>([])
    private let ends = NIOLockedValueBox<[(String, String)]>([])

    func raise(_ alert: Alert) async { alerts.withLockedValue { $0.append(alert) } }

    func resolve(source: String, rule: String, target: String, message: String) async {
        ends.withLockedValue { $0.append(("\(source)/\(rule)/\(target)", message)) }
    }

    var raised: [Alert] { alerts.withLockedValue(\.self) }
    var resolved: [String] { ends.withLockedValue { $0.map(\.0) } }
    /// What was said at each end.
    var messages: [String] { ends.withLockedValue { $0.map(\.1) } }
}

/// Counts what happens, also at once.
final class Counter: Sendable {
    private let state = NIOLockedValueBox((total: 0, now: 0, most: 0))

    func enter() {
        state.withLockedValue { state in
            state.total += 1
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLockedValue { $0.now -= 1 } }

    var total: Int { state.withLockedValue(\.total) }
    var mostAtOnce: Int { state.withLockedValue(\.most) }
}

/// What a task that cannot work throws.
struct Broken: Fault {
    var code: String { "broken" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .permanent }
    var summary: String { "it is broken" }
    var hint: String? { "mend it" }
}
