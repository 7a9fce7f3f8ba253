import Foundation

extension SettingsChecker {
    /// A folder, from the working folder where its path is relative.
    mutating func folder(_ name: String, default fallback: String) -> URL {
        URL(filePath: source.text(name) ?? fallback, directoryHint: .isDirectory).standardizedFileURL
    }

    mutating func file(_ name: String, default fallback: URL) -> URL {
        source.text(name).map { URL(filePath: $0).standardizedFileURL } ?? fallback
    }

    mutating func retention() -> RetentionSettings {
        RetentionSettings(
            days: integer("RETENTION_DAYS", in: 1...36_500, default: 7),
            weekly: integer("RETENTION_WEEKLY", in: 0...1200, default: 0),
            monthly: integer("RETENTION_MONTHLY", in: 0...1200, default: 0))
    }
}
