/// Something that a person may have to know.
///
/// Source, rule and target are its identity: what is raised twice with the same three is one alert, see `AlertKey`.
package struct Alert: Sendable, Equatable {
    /// The part of the program that says so, as in `backup`, `watchdog` or `scheduler`.
    package let source: String
    /// The stable kind: a fault's code, or a rule's name.
    package let rule: String
    /// What it is about: a series, a service, a task; empty where there is but one.
    package let target: String
    package let severity: Severity
    /// One sentence: what is wrong, with the values, and what was tried.
    package let message: String
    /// What a person should do; nil where nothing is to be done.
    package let hint: String?
    /// Its identity, made of what was said before anything of it was cut.
    package let key: AlertKey

    package init(
        source: String, rule: String, target: String = "", severity: Severity, message: String, hint: String? = nil
    ) {
        self.source = source
        self.rule = rule
        self.target = target
        self.severity = severity
        self.message = message
        self.hint = hint
        key = AlertKey(source: source, rule: rule, target: target)
    }

    private init(clipping alert: Alert) {
        source = String(alert.source.prefix(100))
        rule = String(alert.rule.prefix(100))
        target = String(alert.target.prefix(200))
        severity = alert.severity
        message = String(alert.message.prefix(4000))
        hint = alert.hint.map { String($0.prefix(1000)) }
        key = alert.key
    }

    /// The same alert with no more text than a person reads.
    var clipped: Alert { Alert(clipping: self) }
}

/// Takes alerts in; never fails, since what raises an alert has troubles enough.
package protocol AlertSink: Sendable {
    /// Says that something is wrong, or that it still is.
    func raise(_ alert: Alert) async
    /// Says that it is over; nothing happens where nobody was told of it.
    func resolve(source: String, rule: String, target: String, message: String) async
}
