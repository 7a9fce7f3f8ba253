import Foundation
import Programs
import Subprocess
package import SystemPackage

/// Finds the programs of Postgres that are new enough for a server.
package struct PostgresPrograms: Sendable {
    /// Folders, in the order in which they are searched.
    private let folders: [String]

    /// - Parameters:
    ///   - path: `PATH`.
    ///   - installations: where a distribution keeps each major version's programs, in `NN/bin`.
    package init(
        path: String? = ProcessInfo.processInfo.environment["PATH"], installations: String? = "/usr/lib/postgresql"
    ) {
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
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            let path = FilePath("\(folder)/\(name)")
            guard let version = try await Self.version(of: path) else { continue }
            if version.major >= server.major { return Found(path: path, version: version) }
            if version.major > newest?.major ?? 0 { newest = version }
        }
        guard let newest else { throw BackupFault.programMissing(name: name, major: server.major) }
        throw BackupFault.programTooOld(
            name: name, version: "\(newest)", needed: "\(server.major) or newer, as the server is")
    }

    private static func version(of program: FilePath) async throws -> PostgresVersion? {
        do {
            let answer = try await run(
                .path(program), arguments: ["--version"], environment: .withoutSecrets(),
                output: .string(limit: 4096), error: .discarded)
            return PostgresVersion(answer.standardOutput)
        } catch is SubprocessError {
            try Task.checkCancellation()
            return nil  // It is no program that can be run; there may be another.
        }
    }
}
