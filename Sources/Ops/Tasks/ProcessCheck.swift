package import Alerts
package import Foundation
package import Host
package import Journal
import Resilience
package import Scheduler

/// Looks whether a process that matters is running, and starts it again where it is told how.
package struct ProcessCheck<C: Clock>: Sendable where C.Duration == Duration {
    private static var source: String { "process" }
    private static var rule: String { "process-missing" }
    /// What was started is looked at again after so long, before it is called started.
    private static var settling: Duration { .seconds(30) }

    private let pattern: String
    private let restart: String?
    private let limit: Int
    private let journal: Journal
    private let alerts: any AlertSink
    private let logs: URL
    private let clock: C
    private let stop: ShutdownLatch
    private let commandLines: @Sendable () -> [String]

    /// `pattern`: a regular expression; `restart`: a command for a shell, run at most `limit` times in any hour, whose output goes into
    /// a file of the folder `logs`.
    ///
    /// Once `stop` is closed, what was started is not looked at again.
    package init(
        _ pattern: String, restart: String?, limit: Int, journal: Journal, alerts: any AlertSink, logs: URL, clock: C,
        until stop: ShutdownLatch = ShutdownLatch(),
        commandLines: @escaping @Sendable () -> [String] = { RunningProcess.all().map(\.commandLine) }
    ) {
        self.pattern = pattern
        self.restart = restart
        self.limit = limit
        self.journal = journal
        self.alerts = alerts
        self.logs = logs
        self.clock = clock
        self.stop = stop
        self.commandLines = commandLines
    }

    package func run() async throws -> TaskResult {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Regex(pattern)
        } catch {
            throw ProcessCheckFault.pattern(pattern)
        }
        let found = count(regex)
        if found > 0 {
            await alerts.resolve(
                source: Self.source, rule: Self.rule, target: pattern, message: "the process '\(pattern)' runs again")
            return .done("\(found) running")
        }
        guard let restart else {
            await alerts.raise(
                Alert(
                    source: Self.source, rule: Self.rule, target: pattern, severity: .warning,
                    message: "no process matches '\(pattern)'", hint: "start it, or set PROCESS_RESTART_COMMAND"))
            return .done("not running")
        }
        guard let id = try await note() else { return await giveUp() }
        return try await start(restart, noted: id, regex)
    }

    /// The row to end, since what cannot be noted is not done; nil where the limit is reached.
    private func note() async throws -> Int64? {
        do {
            return try await journal.beginRestart(
                of: "process \(pattern)", reason: "no process matches '\(pattern)'", limit: limit,
                within: .seconds(3600))
        } catch {
            let why = (error as? any Fault)?.summary ?? "\(error)"
            await alerts.raise(
                Alert(
                    source: Self.source, rule: Self.rule, target: pattern, severity: .critical,
                    message:
                        "no process matches '\(pattern)', and it is not started, since that cannot be noted: \(why)",
                    hint: "see whether the disk is full with 'df -h', then run 'ops doctor'"))
            throw error
        }
    }

    private func start(_ restart: String, noted id: Int64, _ regex: Regex<AnyRegexOutput>) async throws -> TaskResult {
        let command = DetachedCommand(command: restart, log: logs.appending(path: Self.log), clock: clock, stop: stop)
        let began = clock.now
        let end: DetachedCommand<C>.End
        do {
            end = try await command.run(for: Self.settling)
        } catch {
            try? await journal.endRestart(id, outcome: "failed")  // The error of the command says more.
            throw error
        }
        if case .exited(let status) = end, status != 0 {
            return try await tell(id, failure: .restart(status: status, lastWords: command.lastWords))
        }
        guard await stop.sleep(until: began.advanced(by: Self.settling), clock: clock) else {
            try Task.checkCancellation()
            try await journal.endRestart(id, outcome: "started, and not looked at again")
            return .done("started, and not looked at again")
        }
        if count(regex) == 0 { return try await tell(id, failure: .gone(lastWords: command.lastWords)) }
        try await journal.endRestart(id, outcome: "started")
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: pattern, severity: .warning,
                message: "no process matched '\(pattern)'; it was started again"))
        return .done("started again")
    }

    /// A log of a service, by its name.
    private static var log: String { "service_process_restart.log" }

    private func count(_ regex: Regex<AnyRegexOutput>) -> Int {
        commandLines().count { $0.firstMatch(of: regex) != nil }
    }

    private func tell(_ id: Int64, failure: ProcessCheckFault) async throws -> TaskResult {
        try await journal.endRestart(id, outcome: "failed")
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: pattern, severity: .warning,
                message: "no process matched '\(pattern)'; starting it failed: \(failure.summary)",
                hint: "start it by hand, and correct PROCESS_RESTART_COMMAND; its words are in \(Self.log)"))
        throw failure
    }

    private func giveUp() async -> TaskResult {
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: pattern, severity: .critical,
                message:
                    "no process matches '\(pattern)'; it was started \(limit) times within the hour, and is left alone",
                hint: "find out why it ends, and start it by hand"))
        return .done("not running, and left alone")
    }
}

/// Why a wanted process could not be looked up or started.
enum ProcessCheckFault: Fault {
    case pattern(String)
    case restart(status: Int, lastWords: String)
    case gone(lastWords: String)

    var code: String {
        switch self {
        case .pattern: "process-pattern"
        case .restart, .gone: "process-restart-failed"
        }
    }
    var kind: FaultKind {
        switch self {
        case .pattern: .configuration
        case .restart, .gone: .unavailable
        }
    }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .pattern(let pattern): "PROCESS_CHECK_PATTERN '\(pattern)' is no regular expression"
        case .restart(let status, let words): "PROCESS_RESTART_COMMAND ended with exit code \(status): \(words)"
        case .gone(let words):
            "nothing that PROCESS_CHECK_PATTERN matches runs 30 s after PROCESS_RESTART_COMMAND: \(words)"
        }
    }
    var hint: String? { "correct the setting" }
}
