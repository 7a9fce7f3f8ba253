import Candles
import Foundation
import Host

/// Reads values out of the file's JSON, and collects what is wrong with them; no problem quotes a secret.
struct AlertConfigurationReader {
    private(set) var problems: [String] = []
    private let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) { self.members = members }

    mutating func telegram() -> AlertConfiguration.Telegram {
        var telegram = AlertConfiguration.Telegram()
        if let token = text("telegram", "bot_token") {
            if !TelegramAPI.isToken(token) {
                problems.append("telegram.bot_token is no token; it looks like 123456:ABC-DEF…, as @BotFather gave it")
            } else {
                telegram.token = Secret(token)
            }
        }
        telegram.chat = chat()
        let isWhole = telegram.token != nil && telegram.chat != nil
        telegram.isEnabled = bool("telegram", "enabled") ?? isWhole
        telegram.threshold = threshold("telegram")
        return telegram
    }

    mutating func webhook(_ section: String, key: String) -> AlertConfiguration.Webhook {
        var webhook = AlertConfiguration.Webhook()
        webhook.address = address(section, key, schemes: ["http", "https"])
        webhook.isEnabled = bool(section, "enabled") ?? (webhook.address != nil)
        webhook.threshold = threshold(section)
        return webhook
    }

    mutating func email() -> AlertConfiguration.Email {
        var email = AlertConfiguration.Email()
        email.recipients = text("email", "to")
        email.sender = text("email", "from")
        email.server = address("email", "smtp_url", schemes: ["smtp", "smtps"])
        email.isEnabled = bool("email", "enabled") ?? (email.recipients != nil)
        email.threshold = threshold("email")
        return email
    }

    mutating func bool(_ section: String, _ key: String) -> Bool? {
        switch value(section, key) {
        case nil, .null: return nil
        case .bool(let bool): return bool
        default:
            problems.append("\(name(section, key)) must be true or false")
            return nil
        }
    }

    mutating func integer(_ section: String, _ key: String, in range: ClosedRange<Int64>) -> Int? {
        switch value(section, key) {
        case nil, .null: return nil
        case .integer(let number) where range.contains(number): return Int(number)
        default:
            problems.append("\(name(section, key)) must be a whole number, \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
    }

    /// Nil also where it is empty.
    private mutating func text(_ section: String, _ key: String) -> String? {
        switch value(section, key) {
        case nil, .null: return nil
        case .text(let text): return text.isEmpty ? nil : text
        default:
            problems.append("\(name(section, key)) must be a text")
            return nil
        }
    }

    /// People write it as a number, too.
    private mutating func chat() -> String? {
        if case .integer(let number) = value("telegram", "chat_id") { return String(number) }
        guard let text = text("telegram", "chat_id") else { return nil }
        guard TelegramChannel.isChat(text) else {
            problems.append("telegram.chat_id is '\(text.shortened(to: 60))'; it must be a number, or @channel")
            return nil
        }
        return text
    }

    private mutating func address(_ section: String, _ key: String, schemes: Set<String>) -> Secret<URL>? {
        guard let text = text(section, key) else { return nil }
        guard let url = URL(string: text), schemes.contains(url.scheme?.lowercased() ?? ""),
            url.host()?.isEmpty == false, NetworkPort.isSound(in: url.absoluteString)
        else {
            problems.append(
                "\(name(section, key)) must be an address that begins with \(schemes.sorted().joined(separator: " or "))"
            )
            return nil
        }
        return Secret(url)
    }

    private mutating func threshold(_ section: String) -> Severity {
        guard let text = text(section, "min_severity") else { return .info }
        guard let severity = Severity(name: text) else {
            problems.append("\(section).min_severity must be info, warning or critical")
            return .info
        }
        return severity
    }

    /// A section that is there and no object is one problem, reported where it is first looked into.
    private mutating func value(_ section: String, _ key: String) -> JSONValue? {
        if section.isEmpty { return members[key] }
        switch members[section] {
        case nil, .null: return nil
        case .object(let inner): return inner[key]
        default:
            let problem = "\(section) must be an object"
            if !problems.contains(problem) { problems.append(problem) }
            return nil
        }
    }

    private func name(_ section: String, _ key: String) -> String { section.isEmpty ? key : "\(section).\(key)" }
}

extension TelegramChannel {
    /// Whether a text names a chat: a number, or `@channel`.
    package static func isChat(_ text: String) -> Bool { text.wholeMatch(of: /-?\d{1,18}|@[A-Za-z]\w{3,}/) != nil }
}
