import Foundation
import TestSupport
import Testing
import Transport

@testable import OpsCommand

extension OpsCommandSuite {
    @Suite(.timeLimit(.minutes(2))) struct HealthCommandTests {
        private func host() async throws -> OpsHost {
            var host = try await OpsHost(.sqlite, candles: 60)
            // Nobody listens there, so that the command looks for itself.
            host.environment["HEALTH_CHECK_PORT"] = "0"
            host.environment["DEPLOYMENT_ENV"] = "testing"
            return host
        }

        @Test func `without a server it looks for itself`() async throws {
            let host = try await host()
            let outcome = try await host.ops("health").run()
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.out.hasPrefix("cryptotrader "))
            #expect(outcome.out.contains("(testing) is "))
            #expect(outcome.out.contains("database healthy"))
            #expect(outcome.out.contains("read just now"))
            withExtendedLifetime(host) {}
        }

        @Test func `the document has the published names`() async throws {
            let host = try await host()
            let outcome = try await host.ops("health", "--json").run()
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
            for name in [
                "status", "uptime_seconds", "last_cycle_seconds_ago", "cycles_today", "alerts_today", "alerts_week",
                "errors_last_hour", "gpu_utilization", "vram_used_mb", "disk_free_gb", "features", "services",
            ] {
                #expect(document[name] != nil, "\(name)")
            }
            #expect((document["series"] as? [[String: Any]])?.first?["name"] as? String == "BTCUSD-1m")
            withExtendedLifetime(host) {}
        }

        @Test func `a failed run is one error of the last hour, though the journal and the log both tell of it`()
            async throws
        {
            var host = try await host()
            host.environment["LOG_DIR"] = host.folder.path("logs")
            try Data("no database".utf8).write(to: host.folder.url.appending(path: "candles.db"))
            #expect(try await host.ops("backup").run().status != 0)
            #expect(try String(contentsOfFile: host.folder.path("logs/errors.log"), encoding: .utf8).contains("error"))
            let outcome = try await host.ops("health", "--json").run()
            let document = try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any]
            #expect(document?["errors_last_hour"] as? Int == 1, "\(outcome.out)")
        }

        @Test func `features are those of the environment and of the alert configuration's file`() async throws {
            var host = try await host()
            func features(_ text: String) async throws -> [String: Bool] {
                try text.write(toFile: host.folder.path("alerts.json"), atomically: true, encoding: .utf8)
                let outcome = try await host.ops("health", "--json").run()
                let document = try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any]
                return try #require(document?["features"] as? [String: Bool], "\(outcome.err)")
            }
            host.environment["ALERT_CONFIG"] = host.folder.path("alerts.json")
            let none = try await features("{}")
            for name in ["telegram", "webhook", "email", "desktop"] { #expect(none[name] == false, "\(name)") }
            let some = try await features(
                """
                {"telegram": {"enabled": true, "bot_token": "123456:ABC-DEF", "chat_id": "1"}, "desktop_notify": true,
                 "discord": {"webhook_url": "https://discord.com/api/webhooks/1/a"}, "email": {"to": "a@example.org"}}
                """)
            for name in ["telegram", "webhook", "email", "desktop"] { #expect(some[name] == true, "\(name)") }
            host.environment["ALERT_DESKTOP"] = "0"
            #expect(try await features(#"{"desktop_notify": true}"#)["desktop"] == false)
            withExtendedLifetime(host) {}
        }

        @Test func `a missing database is unhealthy, and none is made`() async throws {
            var host = try await host()
            host.environment["DATABASE_URL"] = "sqlite:" + host.folder.path("none.db")
            let outcome = try await host.ops("health").run()
            #expect(outcome.status == 1)
            #expect(outcome.out.contains("unhealthy: database: "))
            #expect(!FileManager.default.fileExists(atPath: host.folder.path("none.db")))
        }

        @Test func `a server serves until SIGTERM, and is asked where one runs`() async throws {
            var host = try await host()
            // A port that was free a moment ago: the command's own words come only with its end.
            let port = try await TinyServer.with {
                try await $0.close()
            } _: {
                $0.port
            }
            host.environment["HEALTH_CHECK_PORT"] = "\(port)"
            let (pids, pid) = AsyncStream.makeStream(of: Int32.self)
            let (server, asking) = (host.ops("health", "--serve"), host.ops("health"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { pid.finish() }
                    let outcome = try await server.run(onStart: { pid.yield($0) })
                    #expect(outcome.status == 0, "\(outcome.err)")
                    #expect(outcome.out == "listening on http://127.0.0.1:\(port)\n")
                }
                for await process in pids {
                    var told = try await asking.run()
                    // It begins to listen a moment after its process began.
                    while !told.out.contains("told by http://127.0.0.1:\(port)") { told = try await asking.run() }
                    #expect(told.status == 0)
                    kill(process, SIGTERM)
                }
                try await group.waitForAll()
            }
            withExtendedLifetime(host) {}
        }

        @Test func `a page of somebody else is not taken for ours`() async throws {
            try await TinyServer.with {
                try await $0.reply(Array("{\"status\":\"up\"}".utf8))
            } _: { server in
                let document = await HealthQuery(try server.url("/health/detailed")).document()
                #expect(document == nil)
            }
        }

        @Test func `a port that is taken is told, with what to do`() async throws {
            let host = try await host()
            try await TinyServer.with {
                try await $0.close()
            } _: { server in
                var other = host
                other.environment["HEALTH_CHECK_PORT"] = "\(server.port)"
                let outcome = try await other.ops("health", "--serve").run()
                #expect(outcome.status == 69)
                #expect(outcome.err.contains("[server-cannot-listen]"))
                #expect(outcome.err.contains("Try: see with 'ss -ltnp sport = :\(server.port)' which one"))
            }
            withExtendedLifetime(host) {}
        }
    }
}
