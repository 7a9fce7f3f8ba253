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

/// The names of settings as they stand in the environment and in `.env`, to find those that a person misspelt.
struct SettingNames {
    /// Every name that begins like this is ours, so that one which is not read must be a slip.
    private static let prefix = "CT_"

    private let names: Set<String>

    /// `file` is what a `.env` names.
    init(environment: [String: String], file: Set<String>) { names = file.union(environment.keys) }

    /// One sentence for each of our names that nothing reads, naming the nearest that is read.
    func problems(known: [String]) -> [String] {
        let ours = known.filter { $0.hasPrefix(Self.prefix) }
        return names.filter { $0.hasPrefix(Self.prefix) && !ours.contains($0) }.sorted().map { name in
            let nearest = Spelling.nearest(to: name, in: ours)
            return "\(name): " + (nearest.map { "did you mean \($0)?" } ?? "there is no such setting")
        }
    }

    /// Those that are set, in order.
    func beginning(with prefix: String) -> [String] { names.filter { $0.hasPrefix(prefix) }.sorted() }
}

/// A file that holds one secret on its first line.
struct SecretFile {
    /// Without what an editor put around it: the mark of UTF-8, and the end of the line.
    ///
    /// - Throws: `SecretFileFault`, which shows nothing of it.
    static func read(_ path: String, of name: String) throws(SecretFileFault) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw .unreadable(name) }
        guard let text = EnvFile.text(of: bytes) else { throw .noText(name) }
        let lines = EnvFile.lines(of: text)
        let isLater = lines.dropFirst().contains { !$0.allSatisfy(\.isWhitespace) }
        if lines[0].isEmpty, isLater { throw .emptyFirstLine(name) }
        if lines[0].allSatisfy(\.isWhitespace) { throw .empty(name) }
        if lines[0].unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw .control(name)
        }
        return String(lines[0])
    }
}

/// Why the file of a secret cannot be used.
enum SecretFileFault: Error {
    case unreadable(String)
    case noText(String)
    case emptyFirstLine(String)
    case empty(String)
    case control(String)

    /// As one sentence for the list of wrong settings.
    var problem: String {
        switch self {
        case .unreadable(let name): "the file with the secret \(name) cannot be read; check \(name)_FILE"
        case .noText(let name): "the file with the secret \(name) is no text in UTF-8; save it as UTF-8"
        case .emptyFirstLine(let name):
            "the file with the secret \(name) has an empty first line; put the secret on the first"
        case .empty(let name):
            "the file with the secret \(name) is empty; write the secret into it, or do not name the file"
        case .control(let name): "the file with the secret \(name) holds a control character; write it anew"
        }
    }
}
