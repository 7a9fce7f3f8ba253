import Foundation

extension SettingsChecker {
    /// A folder, from the working folder where its path is relative.
    mutating func folder(_ name: String, default fallback: String) -> URL {
        URL(filePath: source.text(name) ?? fallback, directoryHint: .isDirectory).standardizedFileURL
    }

    mutating func retention() -> RetentionSettings {
        RetentionSettings(
            days: integer("RETENTION_DAYS", in: 1...36_500, default: 7),
            weekly: integer("RETENTION_WEEKLY", in: 0...1200, default: 0),
            monthly: integer("RETENTION_MONTHLY", in: 0...1200, default: 0))
    }

    /// An optional web address that is a secret as a whole, and so is never quoted.
    mutating func secretAddress(_ name: String) -> SecretAddress? {
        do {
            guard let text = try source.secret(name), !text.isEmpty else { return nil }
            guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host(),
                ["http", "https"].contains(scheme), !host.isEmpty
            else {
                problems.append("\(name) is no web address; write it as in https://example.org/ping/…")
                return nil
            }
            return SecretAddress(url)
        } catch {
            problems.append("the file with the secret \(name) cannot be read; check \(name)_FILE")
            return nil
        }
    }
}
