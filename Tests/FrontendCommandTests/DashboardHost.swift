import Foundation
import TestSupport

/// A host of its own: a database, a state folder, an exchange, and a dashboard.
struct DashboardHost: Sendable {
    let folder: ScratchFolder
    var environment: [String: String]

    /// `database`: a URL; nil for an SQLite file of its own.
    init(database: String? = nil) throws {
        folder = try ScratchFolder()
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
            "HOME": folder.path, "STATE_DIR": folder.path("state"), "BITFINEX_REQUESTS_PER_MINUTE": "0",
            "DATABASE_URL": database ?? "sqlite:" + folder.path("candles.db"), "WEB_ASSETS_DIR": folder.path("assets"),
        ]
    }

    var sqlitePath: String { folder.path("candles.db") }

    func ingest(_ arguments: String...) -> Command { .ingest(arguments, environment) }

    /// Fills a series from the exchange by a process of its own; gives when it ended.
    @discardableResult
    func backfill(_ series: String, days: Int = 1) async throws -> ContinuousClock.Instant {
        let outcome = try await ingest("backfill", "--series", series, "--lookback-days", "\(days)").run()
        if outcome.status != 0 { throw Failed(text: outcome.err) }
        return .now
    }

    struct Failed: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }

    /// Runs `body` with the port and the process of a dashboard, and gives how that ended.
    @discardableResult
    func serving(
        _ arguments: String..., stops: Bool = true,
        body: @escaping @Sendable (_ port: Int, _ process: Int32) async throws -> Void
    ) async throws -> Command.Outcome {
        let command = Command.frontend(["serve", "--port", "0"] + arguments, environment)
        let words = RunningProgram.port(after: "dashboard: http://")
        return try await RunningProgram.with(command, stops: stops, saying: words, body).outcome
    }

    /// Runs `body` with this host beside an exchange of made-up candles.
    static func with(
        database: String? = nil, symbols: String = "BTCUSD,ETHUSD",
        _ body: @escaping @Sendable (DashboardHost) async throws -> Void
    ) async throws {
        let host = try DashboardHost(database: database)
        let exchange = Command(
            program: URL(filePath: "/bin/sh"),
            arguments: [
                "-c", "exec \"$0\" serve --port 0 --quiet 0 --generate \"$1\" >&2",
                Command.folder.appending(path: "bitfinex-replay").path, symbols,
            ], environment: host.environment)
        _ = try await RunningProgram.with(exchange, saying: RunningProgram.port(after: "listening on http://")) {
            port, _ in
            var host = host
            host.environment["BITFINEX_REST_URL"] = "http://127.0.0.1:\(port)"
            host.environment["BITFINEX_WS_URL"] = "ws://127.0.0.1:\(port)/ws/2"
            try await body(host)
        }
    }
}
