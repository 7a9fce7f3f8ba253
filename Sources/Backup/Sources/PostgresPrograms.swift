import Foundation
import Host
package import SystemPackage

/// Finds the programs of Postgres that are new enough for a server.
package struct PostgresPrograms: Sendable {
    /// Folders, in the order in which they are searched.
    private let folders: [String]
    /// How long one may take to tell its version.
    private let patience: Duration

    /// - Parameters:
    ///   - path: `PATH`.
    ///   - installations: where a distribution keeps each major version's programs, in `NN/bin`.
    ///   - patience: how long one may take to tell its version.
    package init(
        path: String? = ProcessInfo.processInfo.environment["PATH"], installations: String? = "/usr/lib/postgresql",
        patience: Duration = .seconds(60)
    ) {
        self.patience = patience
        let named = (path ?? "").split(separator: ":").map(String.init)
        let majors = installations.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? []
        let newestFirst = majors.compactMap { Int($0) }.sorted(by: >)
        folders = named + newestFirst.map { "\(installations ?? "")/\($0)/bin" }
    }

    /// A program that was found, with its version.
    package struct Found: Sendable {
        package let path: FilePath
        package let version: PostgresVersion
    }

    /// The first that is not older than the server.
    ///
    /// - Throws: `BackupFault.programMissing`, `.programTooOld`.
    package func find(_ name: String, for server: PostgresVersion) async throws -> Found {
        var newest: PostgresVersion?
        var silent: BackupFault?
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            let path = FilePath("\(folder)/\(name)")
            let version: PostgresVersion?
            do {
                version = try await Self.version(of: path, within: patience)
            } catch let fault as BackupFault {
                silent = fault  // There may be another that answers.
                continue
            }
            guard let version else { continue }
            if version.major >= server.major { return Found(path: path, version: version) }
            if version.major > newest?.major ?? 0 { newest = version }
        }
        guard let newest else { throw silent ?? BackupFault.programMissing(name: name, major: server.major) }
        throw BackupFault.programTooOld(
            name: name, version: "\(newest)", needed: "\(server.major) or newer, as the server is")
    }

    /// Nil for what is no program that can be run: there may be another.
    ///
    /// - Throws: `BackupFault.programFailed` where it does not answer; it is ended then, with all that it has started.
    private static func version(of program: FilePath, within patience: Duration) async throws -> PostgresVersion? {
        do {
            let answer = try await Program(program.string, ["--version"], deadline: patience).run()
            return PostgresVersion(answer.output)
        } catch ProgramFault.overdue {
            throw BackupFault.programFailed(
                name: program.string,
                problem: "it did not answer to --version within \(patience.components.seconds) s, and was ended")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return nil
        }
    }
}
