import BitfinexReplay
import Foundation
import GRDB
import Postgres
import TestSupport
import Testing

extension IngestCommandSuite {
    /// One clear sentence, what to do, the right exit code, and no secret.
    @Suite("Bad input", .timeLimit(.minutes(5))) struct BadInputTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let arguments: [String]
            var environment: [String: String] = [:]
            let status: Int32
            let says: String
            var testDescription: String { arguments.joined(separator: " ") + " \(environment.keys.sorted())" }
        }

        static let secret = "hunter2%zz"

        static let cases = [
            Case(
                arguments: ["backfill", "--symbol", "BTCUSX", "--timeframe", "1m"], status: 64,
                says: "did you mean BTCUSD?"),
            Case(arguments: ["backfill", "--symbol", "btc", "--timeframe", "1m"], status: 64, says: "is not a symbol"),
            Case(
                arguments: ["backfill", "--symbol", "BTCUSDT", "--timeframe", "1m"], status: 64,
                says: "Tether is UST here: BTCUST"),
            Case(
                arguments: ["backfill", "--symbol", "BTC:USDT", "--timeframe", "1m"], status: 64,
                says: "Tether is UST here: BTCUST"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--patience", "soon"], status: 64,
                says: "--patience"),
            Case(
                arguments: ["status"], environment: ["SSL_CERT_FILE": "/nowhere/ca.pem"], status: 78,
                says: "SSL_CERT_FILE is '/nowhere/ca.pem', where no certificate"),
            Case(arguments: ["backfill", "--symbol", "fUSD", "--timeframe", "1m"], status: 64, says: "funding"),
            Case(
                arguments: ["backfill", "--symbol", "BTCUSD", "--timeframe", "60m"], status: 64,
                says: "did you mean '30m'?"),
            Case(
                arguments: ["backfill", "--symbol", "BTCUSD", "--timeframe", "1W"], status: 64,
                says: "made of whole days"),
            Case(arguments: ["backfill", "--symbol", "BTCUSD"], status: 64, says: "--timeframe is missing"),
            Case(arguments: ["backfill", "--series", "BTCUSD"], status: 64, says: "BTCUSD-1m"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--symbol", "ETHUSD"], status: 64,
                says: "--series excludes"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--start", "2024-02-01", "--end", "2024-01-01"],
                status: 64,
                says: "not before the end"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--lookback-days", "3", "--end", "2020-01-01"],
                status: 64, says: "not before the end"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--start", "2999-01-01"], status: 64,
                says: "in the future"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--start", "soon"], status: 64, says: "is not a time"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--resume", "--lookback-days", "3"], status: 64,
                says: "excludes"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--lookback-days", "0"], status: 64, says: "1 to 36500"
            ),
            Case(
                arguments: ["forget", "--series", "BTCUSD-1m", "--start", "2026-11-01junk", "--yes"], status: 64,
                says: "write ISO 8601, as in 2024-01-31 or 2024-01-31T12:00:00Z"),
            Case(
                arguments: ["forget", "--series", "BTCUSD-1m", "--end", "2026-02-30", "--yes"], status: 64,
                says: "'2026-02-30' is not a time"),
            Case(
                arguments: ["export", "--series", "BTCUSD-1m", "--start", "2026-11-01T25:00:00Z"], status: 64,
                says: "'2026-11-01T25:00:00Z' is not a time"),
            Case(
                arguments: ["export", "--series", "BTCUSD-1m", "--end", "2026-11-01T12:00:00+1"], status: 64,
                says: "is not a time"),
            Case(
                arguments: ["backfill", "--series", "BTCUSD-1m", "--end", "2026-11-31"], status: 64,
                says: "is not a time"),
            Case(arguments: ["status", "--nonsense"], status: 64, says: "--nonsense"),
            Case(
                arguments: ["status"], environment: ["DATABASE_URL": "postgres://flip:\(secret)@host/db"], status: 78,
                says: "DATABASE_URL"),
            Case(
                arguments: ["status"], environment: ["DATABASE_URL": "mysql://flip:\(secret)@host/db"], status: 78,
                says: "DATABASE_URL"),
            Case(
                arguments: ["status"],
                environment: ["BITFINEX_REQUESTS_PER_MINUTE": "many", "CT_LOOKBACK_DAYS": "-1", "STATE_DIR": "state"],
                status: 78,
                says: "3 settings are wrong"),
            Case(
                arguments: ["status"], environment: ["DATABASE_URL": "postgres://flip:hunter2@127.0.0.1:1/db"],
                status: 69,
                says: "cannot reach Postgres"),
            Case(
                arguments: ["status"], environment: ["DATABASE_URL": "sqlite:/proc/nowhere/c.db"], status: 74,
                says: "cannot"),
            Case(
                arguments: ["status"], environment: ["DATABASE_URL": "sqlite:/etc/passwd"], status: 74,
                says: "not an SQLite database"),
            Case(arguments: ["forget", "--series", "BTCUSD-1m"], status: 64, says: "holds nothing of"),
        ]

        @Test(arguments: cases) func `is answered with what to do`(input: Case) async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                let place = try Workplace(exchange: exchange.url)
                let environment = place.environment.merging(input.environment) { $1 }
                let outcome = try await Command.ingest(input.arguments, environment).run()
                #expect(outcome.status == input.status, "\(outcome.err)")
                #expect(outcome.err.contains(input.says), "\(outcome.err)")
                #expect(outcome.err.contains("Try:") || outcome.err.contains("Usage:"), "\(outcome.err)")
                #expect(!outcome.err.contains("hunter2") && !outcome.out.contains("hunter2"))
                let json = try await Command.ingest(input.arguments + ["--json"], environment).run()
                #expect(json.status == input.status)
                if !input.says.hasPrefix("--nonsense") { #expect(json.out.contains("\"error\""), "\(json.out)") }
            }
        }

        @Test(.enabled(if: ScratchPostgres.isEnabled)) func `a wrong password is refused without being shown`()
            async throws
        {
            let cluster = try await ScratchPostgres.shared()
            let right = try PostgresSettings(conninfo: await cluster.database())
            let url = "postgres://\(right.user):hunter2@127.0.0.1:\(cluster.port)/\(right.database)"
            let outcome = try await Workplace(exchange: "http://127.0.0.1:9", database: url).ingest("status").run()
            #expect(outcome.status == 78)
            #expect(outcome.err.contains("database-refused"), "\(outcome.err)")
            #expect(!outcome.err.contains("hunter2"))
        }

        @Test func `a schema newer than the program is refused`() async throws {
            let place = try Workplace(exchange: "http://127.0.0.1:9")
            #expect(try await place.ingest("migrate").run().status == 0)
            let database = try DatabaseQueue(path: place.sqlitePath)
            try await database.write {
                try $0.execute(sql: "UPDATE meta SET value = '99' WHERE key = 'schema_version'")
            }
            let outcome = try await place.ingest("status").run()
            #expect(outcome.status == 78)
            #expect(outcome.err.contains("schema version 99"), "\(outcome.err)")
        }

        @Test func `another exchange's database is refused`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                var place = try Workplace(exchange: exchange.url)
                #expect(try await place.backfill("BTCUSD-1m", "--end", "2024-01-02").run().status == 0)
                place.environment["BITFINEX_REST_URL"] = "http://localhost:9"
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-01-02").run()
                #expect(outcome.status == 78)
                #expect(outcome.err.contains("holds candles of \(exchange.url)"), "\(outcome.err)")
            }
        }
    }
}
