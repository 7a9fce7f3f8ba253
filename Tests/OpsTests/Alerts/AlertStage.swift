import Alerts
import Foundation
import Journal
import Logging
import NIOConcurrencyHelpers
import TestSupport

/// One host with its clock, and the processes of it that raise and deliver.
struct AlertStage: Sendable {
    let scratch: ScratchFolder
    let clock = ManualClock(startingAt: .seconds(1_700_000_000))

    init() throws { scratch = try ScratchFolder() }

    /// Another process.
    func process(
        _ channels: [any AlertChannel], hasJournal: Bool = true, marks: ToldMarks? = nil
    ) throws -> AlertProcess {
        let now: @Sendable () -> Int64 = { [clock] in clock.milliseconds }
        let folder = scratch.url.appending(path: "state")
        let queues = AlertQueues(
            journal: hasJournal ? try Journal(folder: folder, now: now, uptime: now) : nil, channels: channels,
            marks: marks, now: now)
        let logger = Logger(label: "alerts") { _ in SwiftLogNoOpLogHandler() }
        return AlertProcess(
            queues: queues, desk: AlertDesk(queues, logger: logger),
            courier: AlertCourier(
                queues, clock: clock, monotonicNow: now, environment: "test", host: "host", logger: logger))
    }
}

struct AlertProcess: Sendable {
    let queues: AlertQueues
    let desk: AlertDesk
    let courier: AlertCourier<ManualClock>

    func raise(_ severity: Severity = .warning, _ target: String = "t", _ message: String = "m") async {
        await desk.raise(Alert(source: "s", rule: "r", target: target, severity: severity, message: message))
    }

    func resolve(_ target: String = "t") async {
        await desk.resolve(source: "s", rule: "r", target: target, message: "over")
    }

    func drain() async { await courier.drainOnce(within: .seconds(60)) }

    /// What is still to be told.
    func pending(_ channel: String? = nil) async throws -> Int {
        try await queues.journal?.pendingAlerts(channel: channel).count ?? 0
    }
}

/// A channel that does what a test says, and remembers what it was told.
final class ScriptedChannel: AlertChannel {
    let name: String
    let threshold: Severity
    private let state: NIOLockedValueBox<(configuration: String, fault: ChannelFault?, told: [AlertNotice], calls: Int)>
    private let onDeliver: @Sendable (AlertNotice) async throws -> Void

    init(
        _ name: String, threshold: Severity = .info, fault: ChannelFault? = nil,
        onDeliver: @escaping @Sendable (AlertNotice) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.threshold = threshold
        self.onDeliver = onDeliver
        state = NIOLockedValueBox(("one", fault, [], 0))
    }

    var configuration: String { state.withLockedValue { $0.configuration } }
    var told: [AlertNotice] { state.withLockedValue { $0.told } }
    var calls: Int { state.withLockedValue { $0.calls } }

    func fail(_ fault: ChannelFault?) { state.withLockedValue { $0.fault = fault } }
    func configure(_ digest: String) { state.withLockedValue { $0.configuration = digest } }

    func deliver(_ notice: AlertNotice) async throws {
        let fault = state.withLockedValue { state in
            state.calls += 1
            return state.fault
        }
        if let fault { throw fault }
        try await onDeliver(notice)
        state.withLockedValue { $0.told.append(notice) }
    }
}
