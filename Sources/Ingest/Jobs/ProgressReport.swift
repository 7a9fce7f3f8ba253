import Candles
package import Jobs
import Logging
import NIOConcurrencyHelpers
import Resilience
import Storage

/// Shows how far a backfill is: a bar on a terminal, plain lines elsewhere; always on stderr.
package struct ProgressReport: Sendable {
    private struct State {
        var started = ContinuousClock.now
        var shown = ContinuousClock.now
        var requests = 0
        var pages = 0
        var candles = 0
        var proven = 0
        var unknown = 0
        var warning: String?
    }

    private let output: any JobOutput
    private let showsOnlyTheEnd: Bool
    /// Whether a bar is drawn over itself.
    private var isTerminal: Bool { output.drawsBars }
    private let state = NIOLockedValueBox(State())

    package init(output: any JobOutput, showsOnlyTheEnd: Bool = false) {
        self.output = output
        self.showsOnlyTheEnd = showsOnlyTheEnd || output.isOfUnit
    }

    package func receive(_ event: IngestEvent) {
        if case .warned(let warning) = event {
            state.withLockedValue { $0.warning = $0.warning ?? "\(warning)" }
            line("warning: \(warning)", .warning)
            return
        }
        switch event {
        case .away(let fault, let pause):
            line("\(fault.summary); asking again in \(max(1, pause.components.seconds)) s")
        case .started(let series, let range, let unknown):
            state.withLockedValue { $0.unknown = unknown }
            line("\(series) from \(range.start.iso8601) to \(range.end.iso8601): \(unknown) intervals unknown", detail)
        case .requestSent:
            let requests = state.withLockedValue { state in
                state.requests += 1
                return state.requests
            }
            if !isTerminal { line("request \(requests)", .debug) }
        case .waiting(let wait):
            if wait >= .seconds(5) {
                line("waiting \(wait.components.seconds) s for the host's request budget", detail)
            }
        case .retrying(let fault, let attempt, let wait):
            line("attempt \(attempt) failed, again in \(wait.milliseconds) ms: \(fault)", detail)
        case .pageStored(let page, _, let timeframe):
            let now = ContinuousClock.now
            let text = state.withLockedValue { state -> String? in
                state.pages += 1
                state.candles += page.candles.count
                state.proven += page.proven.reduce(0) { $0 + $1.intervals(of: timeframe) }
                guard now - state.shown > (isTerminal ? .milliseconds(100) : .seconds(10)) else { return nil }
                state.shown = now
                return Self.text(state, at: now)
            }
            if let text { show(text) }
        case .holeFailed(let range, let fault):
            line("not proven: \(range.start.iso8601) to \(range.end.iso8601): \(fault)", detail)
        case .warned: break
        }
    }

    /// The first warning of the run.
    var warning: String? { state.withLockedValue { $0.warning } }

    /// The last line, which says what was achieved.
    func finish(_ report: BackfillReport) {
        if let since = report.goneSince {
            line(
                """
                \(report.series) \(report.outcome.rawValue): gone from the exchange since \(since.iso8601), \
                \(report.unknown) intervals unknown, requests: \(report.requests)
                """)
            return
        }
        let took = ContinuousClock.now - state.withLockedValue { $0.started }
        line(
            """
            \(report.series) \(report.outcome.rawValue): \(report.rowsWritten) rows written, \(report.unknown) intervals unknown, \
            requests: \(report.requests), time: \(Self.seconds(took)) s
            """)
        if report.suspect > 0 {
            line("warning: \(report.suspect) rows break low ≤ open, close ≤ high, and were stored as sent", .warning)
        }
        if report.revised > 0 {
            line("warning: the exchange changed \(report.revised) final candles; see the table revisions", .warning)
        }
        if let fault = report.fault, report.unknown > 0 { output.fail(fault, document: false) }
    }

    private static func text(_ state: State, at now: ContinuousClock.Instant) -> String {
        let elapsed = now - state.started
        let share = state.unknown == 0 ? 1 : min(1, Double(state.proven) / Double(state.unknown))
        let perSecond = Double(state.candles) / max(0.001, elapsed / .seconds(1))
        let left = share > 0 ? elapsed * (1 / share - 1) : .zero
        return """
            \(ProgressBar(share)) · \(state.pages) pages · \(state.candles) candles · \(Int(perSecond))/s · \
            ETA \(seconds(left)) s
            """
    }

    private static func seconds(_ duration: Duration) -> String {
        duration < .seconds(10) ? "\(Double(duration.milliseconds / 10) / 100)" : "\(duration.components.seconds)"
    }

    /// Over the same line on a terminal.
    private func show(_ text: String) {
        if showsOnlyTheEnd || !isTerminal { return output.note(text, detail) }
        output.show(bar: text)
    }

    /// Of what is on the way to the end.
    private var detail: Logger.Level { showsOnlyTheEnd ? .debug : .info }

    private func line(_ text: String, _ level: Logger.Level = .info) {
        if isTerminal, !showsOnlyTheEnd { output.show(bar: "") }
        output.note(text, level)
    }
}
