import Foundation
package import Host

/// What `config/alert_config.json` says of alerts; a name that it does not know is nobody's business.
package struct AlertConfiguration: Sendable, Equatable {
    package struct Telegram: Sendable, Equatable {
        var isEnabled = false
        package var token: Secret<String>?
        package var chat: String?
        var threshold = Severity.info
    }

    package struct Webhook: Sendable, Equatable {
        var isEnabled = false
        var address: Secret<URL>?
        var threshold = Severity.info
    }

    package struct Email: Sendable, Equatable {
        var isEnabled = false
        var recipients: String?
        var sender: String?
        var server: Secret<URL>?
        var threshold = Severity.info
    }

    package private(set) var telegram = Telegram()
    package private(set) var discord = Webhook()
    package private(set) var webhook = Webhook()
    package private(set) var email = Email()
    package private(set) var desktop = false
    /// The shortest time between two messages about the same alert.
    package private(set) var intervals: [Severity: Duration] = [
        .info: .seconds(3600), .warning: .seconds(1800), .critical: .seconds(300),
    ]
    /// How long the log of alerts is kept; 1 to 3650.
    package private(set) var logRetentionDays = 7

    /// The defaults, for where there is no file.
    package init() {}

    /// - Throws: `AlertConfigurationFault.wrong`, with everything that is wrong.
    package init(json: [UInt8]) throws(AlertConfigurationFault) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json)), let members = value.members
        else {
            throw .wrong(problems: ["it is not one JSON object"])
        }
        var reader = AlertConfigurationReader(members)
        telegram = reader.telegram()
        discord = reader.webhook("discord", key: "webhook_url")
        webhook = reader.webhook("webhook", key: "url")
        email = reader.email()
        desktop = reader.bool("", "desktop_notify") ?? false
        for severity in Severity.allCases {
            if let seconds = reader.integer("min_interval_sec", severity.name, in: 0...2_592_000) {
                intervals[severity] = .seconds(seconds)
            }
        }
        logRetentionDays = reader.integer("", "log_retention_days", in: 1...3650) ?? 7
        if !reader.problems.isEmpty { throw .wrong(problems: reader.problems) }
    }

    /// Whether it holds what nobody else may read.
    var hasSecrets: Bool {
        telegram.token != nil || discord.address != nil || webhook.address != nil || email.server != nil
    }
}
