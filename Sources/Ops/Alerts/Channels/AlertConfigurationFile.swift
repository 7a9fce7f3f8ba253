package import Foundation
package import Host
import SystemPackage

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
