import CommandRuntime
import Ops

/// Says alerts where the command says everything else.
struct LogAlertSink: AlertSink {
    let output: CommandOutput

    func raise(_ alert: Alert) async {
        let hint = alert.hint.map { " Try: \($0)." } ?? ""
        output.note("Alert (\(alert.severity.name)) \(alert.rule) \(alert.target): \(alert.message).\(hint)")
    }

    func resolve(source: String, rule: String, target: String, message: String) async {
        output.note("Alert over: \(rule) \(target): \(message)")
    }
}
