import Journal
import Resilience

/// What was seen, what is wrong with it, and whose it is.
package struct HealthReport: Sendable, Equatable {
    package let identity: HealthIdentity
    package let readings: HealthReadings
    package let rules: HealthRules
    /// The worst first.
    package let findings: [HealthFinding]

    package init(identity: HealthIdentity, readings: HealthReadings, rules: HealthRules = .init()) {
        self.init(identity: identity, readings: readings, rules: rules, findings: rules.findings(readings))
    }

    private init(
        identity: HealthIdentity, readings: HealthReadings, rules: HealthRules, findings: [HealthFinding]
    ) {
        self.identity = identity
        self.readings = readings
        self.rules = rules
        self.findings = findings
    }

    package var status: HealthStatus { findings.map(\.status).max() ?? .healthy }

    /// The same where nobody has taken readings for longer than `limit`.
    func outdated(limit: Duration) -> HealthReport {
        let finding = HealthFinding(
            check: "readings", status: .unhealthy, value: "older than \(limit.components.seconds) s",
            limit: "whoever takes them hangs")
        return HealthReport(identity: identity, readings: readings, rules: rules, findings: [finding] + findings)
    }

    /// How each part that others depend on is.
    package var services: [String: HealthStatus?] {
        var services: [String: HealthStatus?] = [
            "database": readings.series.value == nil ? .unhealthy : .healthy,
            "journal": readings.journal.value == nil ? .unhealthy : .healthy,
        ]
        let reads = readings.journal.value ?? .init()
        services[HealthIdentity.exchangeService] = .some(nil)
        for breaker in reads.breakers {
            let isExchange = breaker.name == identity.exchange
            services[isExchange ? HealthIdentity.exchangeService : breaker.name] = breaker.phase.service
        }
        for (name, at) in reads.heartbeats {
            if let status = rules.service(beatAt: at, readings.takenAt) { services[name] = status }
        }
        return services
    }
}

/// Whose health it is.
package struct HealthIdentity: Sendable, Equatable {
    package let version: String
    /// `DEPLOYMENT_ENV`.
    package let environment: String?
    /// The host name of the exchange, which is its breaker's name.
    package let exchange: String
    /// What is configured, by name.
    package let features: [String: Bool]

    package init(version: String, environment: String?, exchange: String, features: [String: Bool]) {
        self.version = version
        self.environment = environment
        self.exchange = exchange
        self.features = features
    }

    static let exchangeService = "bitfinex"
}
