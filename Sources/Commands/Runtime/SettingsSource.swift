import Configuration
import Foundation
package import SystemPackage

/// Where settings come from: the environment before a `.env` file.
package struct SettingsSource: Sendable {
    private let reader: ConfigReader
    private let credentials: String?
    /// Every name that is set, read or not.
    let names: SettingNames
    package let home: String

    /// Reads the file, which holds lines of `NAME=value`; quotes are kept as they are, and `#` begins a comment at a line's
    /// start.
    ///
    /// A missing file is no error.
    package init(environment: [String: String], file: FilePath = ".env") async throws {
        let secrets = SecretsSpecifier<String, String>.dynamic { name, _ in
            name.hasSuffix("_URL") || name.contains("PASSWORD") || name.contains("TOKEN")
        }
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: secrets),
            try await EnvironmentVariablesProvider(
                environmentFilePath: file, allowMissing: true, secretsSpecifier: secrets),
        ])
        // What the provider could read, or is not there.
        let text = (try? String(contentsOfFile: file.string, encoding: .utf8)) ?? ""
        names = SettingNames(environment: environment, file: text)
        credentials = environment["CREDENTIALS_DIRECTORY"]
        home = environment["HOME"] ?? "/"
    }

    /// A setting that is present and not empty.
    package func text(_ name: String) -> String? {
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let value = reader.string(forKey: key, isSecret: true), !value.isEmpty else { return nil }
        return value
    }

    /// A secret: from a file of systemd's credentials folder, from the file that `NAME_FILE` names, or as `NAME`.
    ///
    /// - Throws: The error of reading a file that was named.
    package func secret(_ name: String) throws -> String? {
        if let credentials, FileManager.default.fileExists(atPath: "\(credentials)/\(name)") {
            return try Self.firstLine(of: "\(credentials)/\(name)")
        }
        if let path = text(name + "_FILE") { return try Self.firstLine(of: path) }
        return text(name)
    }

    private static func firstLine(of path: String) throws -> String {
        let content = try String(contentsOfFile: path, encoding: .utf8)
        return content.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
            ?? ""
    }
}
