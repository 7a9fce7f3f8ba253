import Foundation
import TestSupport
import Testing

/// `frontend serve` as a process of its own.
@Suite(.timeLimit(.minutes(3))) struct ServeCommandTests {
    @Test func `it serves page, documents, health and metrics, and ends in order`() async throws {
        let host = try DashboardHost()
        let outcome = try await host.serving { port, _ in
            for (path, type) in [
                ("/", "text/html"), ("/api/v1/summary", "application/json"), ("/health/ping", "text/plain"),
                ("/metrics", "text/plain; version=0.0.4"),
            ] {
                let (head, body) = try await EventClient.get(path, port)
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(path): \(head)")
                #expect(head.contains("Content-Type: \(type)"), "\(path): \(head)")
                #expect(head.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"))
                #expect(!body.isEmpty)
            }
            #expect(try await EventClient.get("/nowhere", port).head.hasPrefix("HTTP/1.1 404 "))
        }
        #expect(outcome.status == 0)
        #expect(outcome.err.contains("frontend serve ends"))
        #expect(!outcome.err.contains("everybody on that network"))
    }

    @Test func `on all addresses it says where it is, who can read, and which names are allowed`() async throws {
        var host = try DashboardHost()
        host.environment["ALLOWED_HOSTS"] = "charts.home"
        let outcome = try await host.serving("--host", "0.0.0.0") { port, _ in
            let ping = try await EventClient.get("/health/ping", port)
            #expect(ping.body == "ok\n")
        }
        #expect(outcome.err.contains("everybody on that network can read it, and nobody can change anything"))
        #expect(outcome.err.contains("charts.home"))
    }

    @Test func `a port that is taken ends it with 69 and what to do`() async throws {
        let host = try DashboardHost()
        try await host.serving { port, _ in
            let second = try await Command.frontend(["serve", "--port", "\(port)"], host.environment).run()
            #expect(second.status == 69)
            #expect(second.err.contains("cannot listen on 127.0.0.1 port \(port)"))
            #expect(second.err.contains("[server-cannot-listen]"))
            #expect(second.err.contains("Try: see with 'ss -ltnp sport = :\(port)' which one"))
        }
    }

    @Test func `settings that are wrong are told all at once, with 78`() async throws {
        var host = try DashboardHost()
        host.environment.merge([
            "FRONTEND_PORT": "99999", "LOG_LEVEL": "loud", "DATABASE_URL": "mysql://me:hunter2@db/x",
            "STATE_DIR": "state", "ALLOWED_HOSTS": "charts.home, *",
        ]) { $1 }
        let outcome = try await Command.frontend(["serve"], host.environment).run()
        #expect(outcome.status == 78)
        for name in ["FRONTEND_PORT", "LOG_LEVEL", "DATABASE_URL", "STATE_DIR", "ALLOWED_HOSTS has '*'"] {
            #expect(outcome.err.contains(name))
        }
        #expect(!outcome.err.contains("hunter2"))
    }

    @Test func `with fifty open streams it ends within five seconds`() async throws {
        let host = try DashboardHost()
        let outcome = try await host.serving(stops: false) { port, process in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (hellos, hello) = AsyncStream.makeStream(of: Void.self)
                for _ in 0..<50 {
                    group.addTask {
                        try await EventClient.with(port) { client in
                            #expect(await client.next()?.name == "hello")
                            hello.yield()
                            await client.ended()
                        }
                    }
                }
                var heard = hellos.makeAsyncIterator()
                for _ in 0..<50 { await heard.next() }
                kill(process, SIGTERM)
                try await group.waitForAll()
            }
        }
        // What has not ended by itself within 4 s is cut off, and cannot say this.
        #expect(outcome.status == 0 && outcome.err.contains("frontend serve ends"))
    }
}
