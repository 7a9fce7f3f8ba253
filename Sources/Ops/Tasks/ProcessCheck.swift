package import Journal

/// Looks whether a process that matters is running, and starts it again where it is told how.
package struct ProcessCheck: Sendable {
    private static let source = "process"
    private static let rule = "process-missing"

    private let pattern: String
    private let restart: String?
    private let limit: Int
    private let journal: Journal
    private let alerts: any AlertSink
    private let commandLines: @Sendable () -> [String]

    /// `pattern`: a regular expression; `restart`: a command for a shell, run at most `limit` times in any hour.
    package init(
        _ pattern: String, restart: String?, limit: Int, journal: Journal, alerts: any AlertSink,
        commandLines: @escaping @Sendable () -> [String] = { RunningProcess.all().map(\.commandLine) }
    ) {
        self.pattern = pattern
        self.restart = restart
        self.limit = limit
        self.journal = journal
        self.alerts = alerts
        self.commandLines = commandLines
    }

    package func run() async throws -> TaskResult {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Regex(pattern)
        } catch {
            throw ProcessCheckFault.pattern(pattern)
        }
        let found = commandLines().filter { $0.firstMatch(of: regex) != nil }.count
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
        let reason = "no process matches '\(pattern)'"
        guard
            let id = try await journal.beginRestart(
                of: "process \(pattern)", reason: reason, limit: limit, within: .seconds(3600))
        else { return await giveUp() }
        let end = try await Program("sh", ["-c", restart], deadline: .seconds(60)).run()
        try await journal.endRestart(id, outcome: end.succeeded ? "started" : "failed")
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: pattern, severity: .warning,
                message: "no process matched '\(pattern)'; "
                    + (end.succeeded ? "it was started again" : "starting it failed: \(end.lastWords)"),
                hint: end.succeeded ? nil : "start it by hand, and correct PROCESS_RESTART_COMMAND"))
        if !end.succeeded { throw ProcessCheckFault.restart(status: end.status, lastWords: end.lastWords) }
        return .done("started again")
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
