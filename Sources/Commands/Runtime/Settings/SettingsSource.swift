import Candles
import Configuration
import Foundation
import Host
package import SystemPackage

/// Where settings come from: the environment before a `.env` file.
package struct SettingsSource: Sendable {
    private let reader: ConfigReader
    private let credentials: String?
    /// Every name that is set, read or not.
    let names: SettingNames
    /// What is wrong with the file.
    private let fileProblems: [String]
    package let home: String
    /// The parts that may be read.
    private var parts = Set(SettingPart.allCases)
    /// Control characters in values, by name.
    private let unreadable: [String: String]

    /// Reads the file; see `EnvFile` for its lines.
    ///
    /// A missing file is no error.
    package init(environment: [String: String], file: FilePath = ".env") async throws {
        let secrets = SecretsSpecifier<String, String>.dynamic { name, _ in SecretNames.contains(name) }
        let (env, problem) = Self.read(file)
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: secrets),
            EnvironmentVariablesProvider(environmentVariables: env.values, secretsSpecifier: secrets),
        ])
        names = SettingNames(environment: environment, file: env.names)
        fileProblems = [problem].compactMap(\.self) + env.problems
        unreadable = Self.unreadable(environment)
        credentials = environment["CREDENTIALS_DIRECTORY"]
        home = environment["HOME"] ?? "/"
    }

    /// What cannot be read is told: a setting that is not read is one that a person believes in.
    private static func read(_ file: FilePath) -> (EnvFile, problem: String?) {
        let none = EnvFile(nil, path: file.string)
        do {
            let stat = try file.stat(followTargetSymlink: true)
            if stat.type == .directory { return (none, "\(file) is a folder; it should be a file of settings") }
            // It names commands that we run.
            if geteuid() == 0, let objection = FileTrust.objection(to: file.string) {
                return (
                    none,
                    "\(file) is not read as root, since it \(objection); give it to root alone, or run this as its owner"
                )
            }
        } catch Errno.noSuchFileOrDirectory {
            let isLink = (try? file.stat(followTargetSymlink: false)) != nil
            return (none, isLink ? "\(file) is a link to a file that is not there; mend or remove it" : nil)
        } catch {
            return (none, "\(file) cannot be read: \(error)")
        }
        guard let bytes = FileManager.default.contents(atPath: file.string) else {
            return (none, "\(file) cannot be read; give this user the right to, or remove it")
        }
        return (EnvFile(bytes, path: file.string), nil)
    }

    /// The same with the settings of these parts alone.
    func limited(to parts: Set<SettingPart>) -> SettingsSource {
        var source = self
        source.parts = parts
        return source
    }

    /// Whether a setting may be read; names that are no settings may.
    private func reads(_ name: String) -> Bool { SettingPart.of(name).map { parts.contains($0) } ?? true }

    /// What is wrong with the file, and with values that no setting can have.
    var problems: [String] {
        fileProblems + unreadable.filter { reads($0.key) }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A value of the environment with a line end was cut out of a file wrongly; only a command may have several lines.
    private static func unreadable(_ environment: [String: String]) -> [String: String] {
        let names = environment.filter { name, value in
            SettingPart.of(name) != nil && name != "PROCESS_RESTART_COMMAND"
                && value.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\t" }
        }.keys
        return Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, "\($0) holds a line end or another control character; set it anew, without")
            })
    }

    /// A setting that is present and not empty.
    package func text(_ name: String) -> String? {
        guard reads(name) else { return nil }
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let value = reader.string(forKey: key, isSecret: true), !value.isEmpty else { return nil }
        return value
    }

    /// A secret: from a file of systemd's credentials folder, from the file that `NAME_FILE` names, or as `NAME`.
    ///
    /// - Throws: `SecretFileFault` for a file that was named.
    func secret(_ name: String) throws(SecretFileFault) -> String? {
        guard reads(name) else { return nil }
        // Else the programs that we start would get it.
        assert(SecretNames.contains(name), "\(name) is not listed in SecretNames")
        if let credentials, FileManager.default.fileExists(atPath: "\(credentials)/\(name)") {
            return try SecretFile.read("\(credentials)/\(name)", of: name)
        }
        if let path = text(name + "_FILE") { return try SecretFile.read(path.withoutTrailingSlash, of: name) }
        return text(name)
    }
}
