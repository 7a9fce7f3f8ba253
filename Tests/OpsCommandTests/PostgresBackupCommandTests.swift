import Backup
import Foundation
import Postgres
import Storage
import TestSupport
import Testing

extension OpsCommandSuite {
    /// Which database `ops backup` has pg_dump read, who learns the password, and how much memory it takes.
    @Suite(
        "Backup command with Postgres", .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"),
        .timeLimit(.minutes(3)))
    struct PostgresBackupCommandTests {
        private let password = "wr0ng-passw0rd"

        /// A host whose environment names another, empty database in every way that programs of Postgres know.
        private func misledHost() async throws -> OpsHost {
            var host = try await OpsHost(.postgres, candles: 10)
            let other = try PostgresSettings(conninfo: try await ScratchPostgres.shared().database())
            let service = """
                [elsewhere]
                host=\(other.host)
                port=\(other.port)
                dbname=\(other.database)
                user=postgres

                """
            try service.write(toFile: host.folder.path("services"), atomically: true, encoding: .utf8)
            host.environment.merge([
                "PGSERVICE": "elsewhere", "PGSERVICEFILE": host.folder.path("services"), "PGDATABASE": other.database,
                "PGCLUSTER": "99/none", "PGHOST": "nowhere.invalid", "PGPORT": "1", "PGUSER": "nobody",
                "PGOPTIONS": "-c statement_timeout=0", "PGTZ": "Europe/Berlin",
            ]) { $1 }
            return host
        }

        @Test func `pg_dump reads the database that is configured, whatever the environment says`() async throws {
            let host = try await misledHost()
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            let manifest = try #require(try host.backups.backups().first?.known)
            #expect(manifest.tables.first { $0.name == "public.candle" }?.rows == 10)
            #expect(manifest.newestCandle == "2024-01-01T00:09:00Z")
        }

        @Test func `a service alone is followed by pg_dump too`() async throws {
            var host = try await misledHost()
            guard case .postgres(let settings) = host.location else { return }
            let mine =
                "[mine]\nhost=\(settings.host)\nport=\(settings.port)\ndbname=\(settings.database)\nuser=postgres\n"
            try mine.write(toFile: host.folder.path("services"), atomically: true, encoding: .utf8)
            for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"] { host.environment[name] = nil }
            host.environment["PGSERVICE"] = "mine"
            host.environment["DATABASE_URL"] = "postgres://"
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            let tables = try #require(try host.backups.backups().first?.known).tables
            #expect(tables.first { $0.name == "public.candle" }?.rows == 10)
        }

        @Test func `a wrong password is a configuration error that does not repeat it`() async throws {
            var host = try await OpsHost(.postgres, candles: 10)
            host.environment["DATABASE_URL"] = try await ScratchPostgres.shared().networkURL(password: password)
            let outcome = try await host.ops("backup", "--type", "postgres", "--json").run()
            #expect(outcome.status == 78, "\(outcome.err)")
            #expect(outcome.err.contains("refuses the connection"))
            #expect(!(outcome.out + outcome.err).contains(password))
            #expect(try host.files() == [])
        }

        /// A host whose pg_dump is this script.
        private func host(pgDump script: String) async throws -> OpsHost {
            var host = try await OpsHost(.postgres, candles: 10)
            let program = host.folder.path("pg_dump")
            let version = "[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }"
            try "#!/bin/bash\n\(version)\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            host.environment["PATH"] = host.folder.path + ":/usr/bin:/bin"
            return host
        }

        @Test func `a row of a hundred megabytes, and as many words on stderr, take no more memory`() async throws {
            let host = try await host(
                pgDump: """
                    printf -- '-- PostgreSQL database dump\\nCOPY t (a) FROM stdin;\\n'
                    head -c 100000000 /dev/zero | tr '\\0' x
                    head -c 100000000 /dev/zero | tr '\\0' x >&2
                    printf -- '\\n\\\\.\\n-- PostgreSQL database dump complete\\n'
                    grep VmHWM "/proc/$PPID/status" > "$(dirname "$0")/peak"
                    """)
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            let manifest = try #require(try host.backups.backups().first?.known)
            #expect(manifest.rows == 1 && manifest.raw.bytes > 100_000_000)
            let peak = try String(contentsOfFile: host.folder.path("peak"), encoding: .utf8)
            #expect(try #require(Int(peak.filter(\.isNumber))) < 60_000, "kB, of a build without optimisation")
        }

        @Test func `while pg_dump runs, no process shows the password among its arguments`() async throws {
            var host = try await host(
                pgDump: """
                    cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' > "$(dirname "$0")/seen"
                    [ "$PGPASSWORD" = \(ScratchPostgres.password) ] && echo "it has it: $PGPASSWORD" >&2
                    exit 1
                    """)
            host.environment["DATABASE_URL"] = try await ScratchPostgres.shared().networkURL()
            let outcome = try await host.ops("backup", "--type", "postgres").run()
            #expect(outcome.status == 69, "\(outcome.err)")
            #expect(outcome.err.contains("it has it: <redacted>"))
            #expect(!(outcome.out + outcome.err).contains(ScratchPostgres.password))
            let seen = try String(contentsOfFile: host.folder.path("seen"), encoding: .utf8)
            let dump = try #require(seen.split(separator: "\(host.folder.path)/pg_dump").dropFirst().first)
            #expect(dump.hasPrefix(" --format=plain --no-password"))
            // Only the shell that keeps the tests' cluster is told the password by its arguments.
            let shell = /scratch-postgres [^ ]+ [^ ]+ [0-9]+ scratch-password/
            #expect(!seen.replacing(shell, with: "").contains(ScratchPostgres.password))
        }
    }
}
