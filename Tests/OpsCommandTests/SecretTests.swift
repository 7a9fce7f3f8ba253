import Foundation
import Postgres
import TestSupport
import Testing

extension OpsCommandSuite {
    /// A test that looks: at all output, all files and the arguments of all processes.
    @Suite("No secret", .enabled(if: ScratchPostgres.isEnabled), .timeLimit(.minutes(3))) struct SecretTests {
        private static let password = "hunter2-\(UInt64.random(in: 0...UInt64.max))"

        /// A host whose role has that password, with programs that write down what every process was started with.
        private func host() async throws -> OpsHost {
            let cluster = try await ScratchPostgres.shared()
            let admin = PostgresConnection(try PostgresSettings(conninfo: cluster.networkURL()))
            try await admin.connect()
            let name = "secret_\(UInt32.random(in: 0...UInt32.max))"
            try await admin.execute(script: "CREATE ROLE \(name) LOGIN CREATEDB PASSWORD '\(Self.password)'")
            try await admin.execute(script: "CREATE DATABASE \(name) OWNER \(name)")
            await admin.close()
            let url = cluster.networkURL(database: name, user: name, password: Self.password)
            var host = try await OpsHost(.postgres, candles: 1000, database: url)
            for program in ["pg_dump", "psql"] {
                let script = """
                    #!/bin/bash
                    [ "$1" = --version ] || cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >> "$HOME/arguments"
                    exec /usr/bin/\(program) "$@"
                    """
                try script.write(toFile: host.folder.path(program), atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: host.folder.path(program))
            }
            host.environment["PATH"] = host.folder.path + ":/usr/bin:/bin"
            return host
        }

        @Test func `a password reaches no output, no file and no argument`() async throws {
            let host = try await host()
            let commands = [
                ["backup"], ["backup", "--json"], ["backups"], ["backups", "--json"], ["verify", "--deep"],
                ["restore", "--type", "postgres", "--dry-run"], ["restore", "--type", "postgres", "--yes"],
                ["restore", "--type", "postgres", "--undo", "--yes", "--json"],
                ["restore", "--type", "postgres", "--list"],
            ]
            for arguments in commands {
                let outcome = try await Command.ops(arguments, host.environment).run()
                #expect(outcome.status == 0, "\(arguments): \(outcome.err)")
                #expect(!(outcome.out + outcome.err).contains(Self.password), "\(arguments)")
            }
            let seen = try String(contentsOfFile: host.folder.path("arguments"), encoding: .utf8)
            #expect(seen.contains("--no-password") && seen.contains("ON_ERROR_STOP"), "both programs were seen")
            let files = FileManager.default.enumerator(atPath: host.folder.path)?.compactMap { $0 as? String } ?? []
            #expect(files.contains { $0.hasSuffix(".manifest.json") })
            for file in files {
                guard let data = FileManager.default.contents(atPath: host.folder.path(file)) else { continue }
                #expect(data.range(of: Data(Self.password.utf8)) == nil, "\(file)")
            }
        }

        @Test func `a wrong password is a configuration error, and is not shown`() async throws {
            var host = try await host()
            let url = host.environment["DATABASE_URL"] ?? ""
            host.environment["DATABASE_URL"] = url.replacing(Self.password, with: "wrong-\(Self.password)")
            for arguments in [["backup"], ["restore", "--type", "postgres", "--yes"]] {
                let outcome = try await Command.ops(arguments, host.environment).run()
                #expect(outcome.status == 78, "\(outcome.err)")
                #expect(!(outcome.out + outcome.err).contains(Self.password))
            }
        }
    }
}
