import Candles
import Host
import Jobs
import Logging
import NIOConcurrencyHelpers

/// Says what the stream does: to systemd at every beat, and in the log where a person should know.
struct StreamReport: Sendable {
    private struct State {
        var isReady = false
        var isComplete = false
        var pingedAt: ContinuousClock.Instant?
        var toldAt = ContinuousClock.now
        var rows = 0
        var slowest = Duration.zero
        var failing: Set<String> = []
    }

    private static let summaryInterval = Duration.seconds(600)

    private let output: any JobOutput
    private let systemd = SystemdNotify()
    private let state = NIOLockedValueBox(State())

    init(output: any JobOutput) { self.output = output }

    func idle() {
        systemd.ready()
        systemd.status("no series is kept yet")
        output.note("stream: no series is kept yet; waiting for the first, as 'ingest bootstrap' makes it")
    }

    func starting(_ series: [Series]) {
        state.withLockedValue { $0.isComplete = false }
        output.note("stream: \(series.count) series")
    }

    func ending() {
        systemd.stopping()
        output.note("stream: stopped")
    }

    func receive(_ event: StreamEvent) {
        switch event {
        case .connected(let socket, let channels):
            output.note("connection \(socket): open, \(channels) channels")
        case .disconnected(let socket, let reason, let delay):
            output.note("connection \(socket): \(reason); again in \(delay.milliseconds / 1000) s", .warning)
        case .lost(_, .connection): break
        case .lost(let series, let loss): tellOnce("channel \(series)", "\(series): \(loss)")
        case .live(let series):
            state.withLockedValue { _ = $0.failing.remove("channel \(series)") }
            output.note("\(series): live", .debug)
        case .committed(let rows, let latency): count(rows, latency)
        case .settled(let report): tell(report)
        case .settleFailed(let series, let fault): tellOnce("\(series)", "\(series): not read: \(fault)")
        case .storeFailed(let fault): tellOnce("store", "the database takes nothing: \(fault)")
        case .tickers: state.withLockedValue { _ = $0.failing.remove("tickers") }
        case .tickersFailed(let fault): tellOnce("tickers", "no tickers: \(fault)")
        case .beat(let status): beat(status)
        }
    }

    /// Of what REST says only warnings are told, each once.
    func receive(_ event: IngestEvent) {
        if case .warned(let warning) = event { tellOnce("warning \(warning)", "warning: \(warning)") }
    }

    private func count(_ rows: Int, _ latency: Duration) {
        output.note("\(rows) rows stored in \(latency.milliseconds) ms", .debug)
        let wasFailing = state.withLockedValue { state in
            state.rows += rows
            state.slowest = max(state.slowest, latency)
            return state.failing.remove("store") != nil
        }
        if wasFailing { output.note("the database takes rows again") }
    }

    private func tell(_ report: BackfillReport) {
        if report.fault == nil { state.withLockedValue { _ = $0.failing.remove("\(report.series)") } }
        if report.revised > 0 {
            output.note(
                "\(report.series): the exchange changed \(report.revised) final candles; see the table revisions",
                .warning)
        }
        if let fault = report.fault {
            tellOnce("\(report.series)", "\(report.series): \(report.unknown) unknown: \(fault)")
        }
    }

    /// A failure is told when it begins, not at each repetition.
    private func tellOnce(_ subject: String, _ line: String) {
        if state.withLockedValue({ $0.failing.insert(subject).inserted }) { output.note(line, .warning) }
    }

    private func beat(_ status: StreamStatus) {
        let now = ContinuousClock.now
        let (isFirst, isDue, summary) = state.withLockedValue { state in
            let isFirst = !state.isReady
            state.isReady = true
            let isDue = state.pingedAt.map { now - $0 >= (systemd.watchdogInterval ?? .seconds(20)) / 4 } ?? true
            if isDue { state.pingedAt = now }
            guard now - state.toldAt >= Self.summaryInterval else { return (isFirst, isDue, String?.none) }
            let text =
                "stream: \(Self.text(status)), \(state.rows) rows, slowest commit \(state.slowest.milliseconds) ms"
            state.toldAt = now
            state.rows = 0
            state.slowest = .zero
            return (isFirst, isDue, text)
        }
        if isFirst { systemd.ready() }
        if status.isComplete, state.withLockedValue({ !$0.isComplete }) {
            state.withLockedValue { $0.isComplete = true }
            output.note("stream: all \(status.series) series read and live")
        }
        if isDue {
            systemd.watchdog()
            systemd.status(Self.text(status))
        }
        if let summary { output.note(summary) }
    }

    private static func text(_ status: StreamStatus) -> String {
        let oldest = status.oldestReading.map { "oldest reading \($0.components.seconds) s ago" } ?? "not all read yet"
        return "\(status.live) of \(status.series) series live, \(oldest)"
    }
}
