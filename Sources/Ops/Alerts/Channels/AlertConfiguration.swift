package import Foundation
package import Host
package import Resilience
import SystemPackage

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

/// Why the settings of the alerts cannot be used, or kept.
package enum AlertConfigurationFault: Fault, Equatable {
    /// All of them at once; none quotes a secret.
    case wrong(problems: [String])
    case notWritten(path: String, reason: String)

    package var code: String {
        switch self {
        case .wrong: "alert-config-wrong"
        case .notWritten: "alert-config-not-written"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .wrong: .configuration
        case .notWritten: .storage
        }
    }

    package var disposition: Disposition { .permanent }

    package var summary: String {
        switch self {
        case .wrong(let problems) where problems.count == 1: "a setting of the alerts is wrong: \(problems[0])"
        case .wrong(let problems):
            "\(problems.count) settings of the alerts are wrong:\n"
                + problems.map { "  - \($0)" }.joined(separator: "\n")
        case .notWritten(let path, let reason): "\(path) was not written: \(reason)"
        }
    }

    package var hint: String? {
        switch self {
        case .wrong: "correct the file or the environment (see .env.example), or run 'ops alert setup'"
        case .notWritten: "check the folder's owner and space, or name another file in ALERT_CONFIG"
        }
    }
}

/// The file of `ALERT_CONFIG`, which need not exist.
package struct AlertConfigurationFile: Sendable {
    private let url: URL

    package init(_ url: URL) { self.url = url }

    package var path: String { url.path }

    /// - Throws: `AlertConfigurationFault.wrong`; each problem names the file.
    package func read() throws(AlertConfigurationFault) -> AlertConfiguration {
        do {
            return try bytes().map(AlertConfiguration.init(json:)) ?? AlertConfiguration()
        } catch .wrong(let problems) {
            throw .wrong(problems: problems.map { "\(path): \($0)" })
        }
    }

    /// What a person should see to, as others being able to read a secret.
    package func warnings() -> [String] {
        guard let configuration = try? read(), configuration.hasSecrets,
            let file = try? FilePath(path).stat(), file.permissions.rawValue & 0o077 != 0
        else { return [] }
        return ["\(path) holds a secret, and others can read it; run 'chmod 600 \(path)'"]
    }

    /// Writes the bot and the chat, and leaves all else as it is; a new file also gets the defaults, to be seen.
    ///
    /// The file is readable by its owner alone, and is the old or the new one at any time.
    ///
    /// - Throws: `AlertConfigurationFault`.
    package func save(token: Secret<String>, chat: String) throws(AlertConfigurationFault) {
        var members = try existing() ?? Self.defaults
        var telegram = members["telegram"]?.members ?? [:]
        telegram["enabled"] = .bool(true)
        telegram["bot_token"] = .text(token.value)
        telegram["chat_id"] = .text(chat)
        members["telegram"] = .object(telegram)
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let text = try encoder.encode(JSONValue.object(members)) + Data("\n".utf8)
            try DurableFile.replace(path, by: Array(text))
        } catch {
            throw .notWritten(path: path, reason: "\(error)")
        }
    }

    /// Nothing is written over what cannot be read.
    private func existing() throws(AlertConfigurationFault) -> [String: JSONValue]? {
        guard let bytes = try bytes() else { return nil }
        guard let members = (try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)))?.members else {
            throw .wrong(problems: ["\(path): it is not one JSON object"])
        }
        return members
    }

    private func bytes() throws(AlertConfigurationFault) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .wrong(problems: ["\(path): it cannot be read"])
        }
        return Array(data)
    }

    private static let defaults: [String: JSONValue] = [
        "desktop_notify": .bool(false), "log_retention_days": .integer(7),
        "min_interval_sec": .object(["info": .integer(3600), "warning": .integer(1800), "critical": .integer(300)]),
    ]
}
