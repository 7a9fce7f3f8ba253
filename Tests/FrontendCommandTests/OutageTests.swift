import Foundation
import TestSupport
import Testing

/// A database that goes away and comes back.
@Suite(.serialized, .timeLimit(.minutes(5))) struct OutageTests {
    private static let documents = [
        "summary", "symbols", "candles?symbol=BTCUSD&timeframe=1m", "coverage?timeframe=1m&grain=day", "gaps", "jobs",
        "breakers", "alerts", "backups", "cloud", "openapi.json", "nonsense",
    ]

    @Test func `a file that is deleted is told, and one that comes in its place is taken`() async throws {
        try await DashboardHost.with { host in
            try await host.backfill("BTCUSD-1m")
            try await host.serving { port, _ in
                try await EventClient.with(port) { client in
                    _ = await client.next()
                    try await until { try await EventClient.get("/api/v1/symbols", port).body.contains("BTCUSD") }
                    for suffix in ["", "-wal", "-shm"] {
                        try? FileManager.default.removeItem(atPath: host.sqlitePath + suffix)
                    }
                    #expect(await client.database("unavailable").contains("the database has gone"))
                    #expect(try await EventClient.get("/api/v1/symbols", port).head.hasPrefix("HTTP/1.1 503 "))
                    try await host.backfill("ETHUSD-1m")
                    #expect(await client.database("ok") != "")
                    try await until { try await EventClient.get("/api/v1/symbols", port).body.contains("ETHUSD") }
                    #expect(!(try await EventClient.get("/api/v1/symbols", port).body.contains("BTCUSD")))
                }
            }
        }
    }

    @Test(.enabled(if: ScratchPostgres.isEnabled, "no initdb and postgres; apt-get install postgresql"))
    func `a server that stops is told with what to do, and taken when it runs again; no answer holds its password`()
        async throws
    {
        let cluster = try await ScratchPostgres.own()
        try await DashboardHost.with(database: cluster.networkURL()) { host in
            try await host.backfill("BTCUSD-1m")
            let outcome = try await host.serving { port, _ in
                try await EventClient.with(port) { client in
                    var said = await client.next()?.data ?? ""
                    try await until { try await EventClient.get("/api/v1/symbols", port).body.contains("BTCUSD") }
                    said += try await Self.everything(port)
                    try await cluster.stop()
                    let gone = await client.database("unavailable")
                    #expect(gone.contains("the database server cannot be reached"))
                    #expect(try await EventClient.get("/api/v1/symbols", port).head.hasPrefix("HTTP/1.1 503 "))
                    #expect(try await EventClient.get("/api/v1/summary", port).head.hasPrefix("HTTP/1.1 200 "))
                    let ping = try await EventClient.get("/health/ping", port)
                    #expect(ping.body == "ok\n")
                    said += gone + (try await Self.everything(port))
                    try await cluster.start()
                    let back = await client.database("ok")
                    try await host.backfill("ETHUSD-1m")
                    let changed = await client.first("changed", about: "ETHUSD-1m")?.data ?? ""
                    #expect(changed.contains("candles"))
                    said += back + changed
                    #expect(!said.contains(ScratchPostgres.password))
                    for address in ["postgres@", "127.0.0.1:\(cluster.port)", "port \(cluster.port)"] {
                        #expect(!said.contains(address))
                    }
                }
            }
            #expect(outcome.status == 0)
            #expect(!outcome.err.contains(ScratchPostgres.password))
            #expect(outcome.err.contains("scripts/create-frontend-role"))
        }
    }

    /// What every document answers, with its head.
    private static func everything(_ port: Int) async throws -> String {
        var said = ""
        for path in documents.map({ "/api/v1/\($0)" }) + ["/metrics", "/", "/health/ping", "/nowhere"] {
            let (head, body) = try await EventClient.get(path, port)
            said += head + body
        }
        return said
    }
}

extension EventClient {
    /// The next word that the database is so; empty where none came.
    func database(_ state: String) async -> String {
        for await event in events where event.name == "database" && event.data.contains("\"state\":\"\(state)\"") {
            return event.data
        }
        return ""
    }
}
