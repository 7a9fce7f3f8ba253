import Foundation
import Frontend
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct FrontendServiceTests {
    @Test func `health is told, and that the database is away does not change it`() async throws {
        let away = DatabaseCondition(kind: .sqlite, state: .unavailable, message: "gone")
        try await ServedEvents.with(FakeSource(.init(condition: away))) { served in
            let (head, body) = try await EventClient.get("/health/ping", served.port)
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.contains("Cache-Control: no-store\r\n"))
            #expect(body == "ok\n")
            let metrics = try await EventClient.get("/metrics", served.port).body
            #expect(metrics.contains("cryptotrader_frontend_database_up 0\n"))
        }
    }

    @Test func `metrics name the program, the streams, and the requests that were answered`() async throws {
        try await ServedEvents.with(FakeSource(), newest: 1_760_000_000_000) { served in
            for path in ["/health/ping", "/api/v1/no-such-thing", "/no-such-page"] {
                _ = try await EventClient.get(path, served.port)
            }
            try await EventClient.with(served.port) { client in
                _ = await client.next()
                let (head, text) = try await EventClient.get("/metrics", served.port)
                #expect(head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
                for line in [
                    #"cryptotrader_frontend_info{version="1.2.3",environment="test"} 1"#,
                    "cryptotrader_frontend_database_up 1", "cryptotrader_frontend_streams 1",
                    "cryptotrader_frontend_streams_limit 512", "cryptotrader_frontend_events_total 0",
                    #"cryptotrader_frontend_requests_total{part="own",status="2xx"} 1"#,
                    #"cryptotrader_frontend_requests_total{part="api",status="4xx"} 1"#,
                    #"cryptotrader_frontend_requests_total{part="page",status="4xx"} 1"#,
                    #"cryptotrader_frontend_requests_total{part="events",status="2xx"} 1"#,
                ] {
                    #expect(text.contains(line + "\n"), "\(line) in \(text)")
                }
            }
        }
    }

    @Test(.enabled(if: Promtool.isEnabled, "no promtool; apt-get install prometheus"))
    func `promtool finds nothing to say about the metrics`() async throws {
        let folder = try ScratchFolder()
        try await ServedEvents.with(FakeSource()) { served in
            let text = try await EventClient.get("/metrics", served.port).body
            try text.write(toFile: folder.path("metrics"), atomically: true, encoding: .utf8)
        }
        let check = Command(
            program: URL(filePath: "/bin/sh"),
            arguments: ["-c", "promtool check metrics <\"$0\"", folder.path("metrics")],
            environment: ProcessInfo.processInfo.environment)
        let end = try await check.run()
        #expect(end.status == 0)
        #expect(end.out + end.err == "")
    }
}

/// Prometheus' own check.
private enum Promtool {
    static let isEnabled: Bool = {
        let environment = ProcessInfo.processInfo.environment
        if environment["REQUIRE_PROMTOOL"] == "1" { return true }
        return (environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/promtool")
        }
    }()
}
