import Alerts

extension AlertNotice {
    /// One for tests; the message is the only thing that most of them care for.
    static func sample(
        _ message: String = "the last candle is 14 min old", kind: AlertDelivery.Kind = .firing,
        severity: Severity = .critical,
        target: String = "BTCUSD-1m", hint: String? = "look at the log", key: String = "a1b2c3", suppressed: Int = 0,
        environment: String? = "production", lastAt: Int64 = 1_795_220_086_000
    ) -> AlertNotice {
        AlertNotice(
            kind: kind,
            alert: Alert(
                source: "watchdog", rule: "series-stale", target: target, severity: severity, message: message,
                hint: hint),
            key: key, firstAt: 1_795_220_000_000, lastAt: lastAt, suppressed: suppressed, environment: environment,
            host: "box.example")
    }
}

/// The fault that `body` ends with; nil where it ends well.
func fault(_ body: () async throws -> Void) async throws -> ChannelFault? {
    do {
        try await body()
        return nil
    } catch let fault as ChannelFault {
        return fault
    }
}
