import Candles
import Foundation
import Postgres
import Storage
import TestSupport
import Testing

/// The role that scripts/create-frontend-role makes for the dashboard; each test has its own, since a cluster has them in common.
@Suite(
    "create-frontend-role",
    .enabled(if: ScratchPostgres.isEnabled, "apt-get install postgresql"), .timeLimit(.minutes(2)))
struct FrontendRoleTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/create-frontend-role")

    private let home: ScratchFolder
    private let server: ScratchPostgres
    private let url: String

    init() async throws {
        home = try ScratchFolder()
        server = try await ScratchPostgres.shared()
        let name = try PostgresSettings(conninfo: await server.database()).database
        url = server.networkURL(database: name)
    }

    private var envFile: URL { home.url.appending(path: ".config/cryptotrader/frontend.env") }

    private func run(_ arguments: String..., path: String? = nil) async throws -> Command.Outcome {
        try await Command(
            program: Self.script, arguments: arguments,
            environment: [
                "HOME": home.path, "DATABASE_URL": url,
                "PATH": path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            ]
        ).run()
    }

    /// What the script wrote for the dashboard.
    private func written() throws -> String {
        let line = try String(contentsOf: envFile, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("FRONTEND_DATABASE_URL=")
        }
        #expect(line.count == 1)
        return String(try #require(line.first).dropFirst("FRONTEND_DATABASE_URL=".count))
    }

    private func filled() async throws -> (store: PostgresCandleStore, series: StoredSeries) {
        let store = try await PostgresCandleStore(PostgresSettings(conninfo: url), clock: ContinuousClock())
        let series = try await store.track(.sample(), from: minute(0))
        _ = try await store.store(.full(0, 10), of: series)
        try await store.store(tickers: [.sample("BTCUSD", price: 1)], at: minute(1))
        try await store.publish(status: "{}", of: "nas1", at: minute(1))
        return (store, series)
    }

    private func readsEverything(_ series: StoredSeries) async throws {
        let reader = try await DatabaseLocation(written()).openReader(clock: ContinuousClock())
        #expect(try await reader.readEverything(of: series) == 10)
        #expect(try await reader.hostStatuses().count == 1)
        await reader.close()
    }

    @Test func `its role can read everything, and every write fails`() async throws {
        let (store, series) = try await filled()
        #expect(try await run().status == 0)
        try await readsEverything(series)
        let connection = PostgresConnection(try PostgresSettings(conninfo: written()))
        try await connection.connect()
        for isTricky in [false, true] {
            if isTricky { try await connection.execute(script: "SET default_transaction_read_only = off") }
            for write in [
                "DELETE FROM candle", "INSERT INTO meta VALUES ('a', 'b')", "UPDATE series SET step_ms = 1",
                "TRUNCATE tickers", "CREATE TABLE t (id int)", "DROP VIEW candles", "CREATE ROLE another",
            ] {
                let fault = await #expect(throws: PostgresFault.self) {
                    try await connection.execute(script: write)
                }
                let codes = ["database-permission"] + (isTricky ? [] : ["database-read-only"])
                #expect(codes.contains(fault?.code ?? ""), "\(write): \(String(describing: fault))")
            }
        }
        try await connection.execute(script: "RESET default_transaction_read_only")
        #expect(
            try await connection.query("SELECT * FROM gaps, candles, suspect_candles, derived_candles").rows.isEmpty)
        #expect(try await connection.query("SHOW statement_timeout").rows == [["15s"]])
        let limit = "SELECT rolconnlimit, rolsuper FROM pg_roles WHERE rolname = 'cryptotrader_frontend'"
        #expect(try await connection.query(limit).rows == [["40", "f"]])
        await connection.close()
        await store.close()
    }

    @Test func `it may come before the tables, and again, each time with a new password`() async throws {
        #expect(try await run("--role", "early").status == 0)
        let first = try written()
        let fault = await #expect(throws: StorageFault.self) {
            _ = try await DatabaseLocation(first).openReader(clock: ContinuousClock())
        }
        #expect(fault?.code == "database-not-there")
        let (store, series) = try await filled()
        try await readsEverything(series)
        #expect(try await run("--role", "early").status == 0)
        #expect(try written() != first)
        try await readsEverything(series)
        await store.close()
    }

    @Test func `nobody sees the password, and other lines of the file are kept`() async throws {
        let administrator = PostgresConnection(try PostgresSettings(conninfo: url))
        try await administrator.connect()
        let name = try PostgresSettings(conninfo: url).database
        try await administrator.execute(script: "ALTER DATABASE \(name) SET log_statement = 'all'")
        try FileManager.default.createDirectory(
            at: envFile.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("# mine\nFRONTEND_DATABASE_URL=old\nFRONTEND_PORT=1".utf8).write(to: envFile)
        let outcome = try await run("--role", "quiet", "--database", url)
        let password = try #require(URLComponents(string: try written())?.password)
        #expect(password.count == 32)
        #expect(!(outcome.out + outcome.err).contains(password))
        let log = try String(contentsOfFile: server.folder + "/log", encoding: .utf8)
        #expect(log.contains("SCRAM-SHA-256$") && !log.contains(password))
        #expect(
            try String(contentsOf: envFile, encoding: .utf8).hasPrefix(
                "# mine\nFRONTEND_PORT=1\nFRONTEND_DATABASE_URL="))
        let mode = try FileManager.default.attributesOfItem(atPath: envFile.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        await administrator.close()
    }

    @Test func `drop takes back what was given, and is no error without a role`() async throws {
        let (store, _) = try await filled()
        _ = try await run("--role", "dash")
        let connection = PostgresConnection(try PostgresSettings(conninfo: written()))
        try await connection.connect()
        await connection.close()
        for _ in 0..<2 {
            #expect(try await run("--role", "dash", "--drop").status == 0)
            #expect(try String(contentsOf: envFile, encoding: .utf8) == "")
            await #expect(throws: PostgresFault.self) { try await connection.connect() }
        }
        await store.close()
    }

    @Test func `a role that it did not make is left alone, also its own`() async throws {
        let administrator = PostgresConnection(try PostgresSettings(conninfo: url))
        try await administrator.connect()
        try await administrator.execute(script: "CREATE ROLE somebody")
        for role in ["somebody", "postgres"] {
            for more in [[], ["--drop"]] {
                let outcome = try await Command(
                    program: Self.script, arguments: ["--role", role] + more,
                    environment: ["HOME": home.path, "DATABASE_URL": url, "PATH": "/usr/bin:/bin"]
                ).run()
                #expect(outcome.status == 64)
                #expect(outcome.err.contains("somebody else's"))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: envFile.path))
        await administrator.close()
    }

    @Test func `what is wrong is said, with its exit code`() async throws {
        for arguments in [["--wrong"], ["--role"], ["--role", "a; DROP"], ["--database", "sqlite:x.db"]] {
            let outcome = try await Command(
                program: Self.script, arguments: arguments,
                environment: ["HOME": home.path, "DATABASE_URL": url, "PATH": "/usr/bin:/bin"]
            ).run()
            #expect(outcome.status == 64, "\(arguments): \(outcome.err)")
        }
        let bare = try ScratchFolder()
        for program in ["bash", "dirname", "realpath", "head", "sed", "python3"] {
            let found = ["/usr/bin/\(program)", "/bin/\(program)"].first(where: FileManager.default.isExecutableFile)
            guard let found else { continue }
            try FileManager.default.createSymbolicLink(atPath: bare.path(program), withDestinationPath: found)
        }
        let outcome = try await run(path: bare.path)
        #expect(outcome.status == 69)
        #expect(outcome.err.contains("psql is not installed"))
        #expect(try await run("--database", "postgres://postgres@127.0.0.1:1/none").status == 69)
        #expect(!FileManager.default.fileExists(atPath: envFile.path))
    }
}
