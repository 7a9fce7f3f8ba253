import Foundation

/// Looks whether a process that matters is running, and starts it again where it is told how.
package struct ProcessCheck: Sendable {
    private static let source = "process"
    private static let rule = "process-missing"

    private let pattern: String
    private let restart: String?
    private let alerts: any AlertSink
    private let commandLines: @Sendable () -> [String]

    /// `pattern`: a regular expression; `restart`: a command for a shell.
    package init(
        _ pattern: String, restart: String?, alerts: any AlertSink,
        commandLines: @escaping @Sendable () -> [String] = { RunningProcess.all().map(\.commandLine) }
    ) {
        self.pattern = pattern
        self.restart = restart
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
        let end = try await Program("sh", ["-c", restart], deadline: .seconds(60)).run()
        await alerts.raise(
            Alert(
                source: Self.source, rule: Self.rule, target: pattern, severity: .warning,
                message: "no process matched '\(pattern)'; "
                    + (end.succeeded ? "it was started again" : "starting it failed: \(end.lastWords)"),
                hint: end.succeeded ? nil : "start it by hand, and correct PROCESS_RESTART_COMMAND"))
        if !end.succeeded { throw ProcessCheckFault.restart(status: end.status, lastWords: end.lastWords) }
        return .done("started again")
    }
}
