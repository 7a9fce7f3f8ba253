import Foundation
import Journal
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

extension OpsCommandSuite {
    /// `ops watchdog` over real bots: processes that a pid file names, each of which fails in its own way.
    @Suite("Watchdog command", .timeLimit(.minutes(5))) struct WatchdogCommandTests {
        @Test func `each way to fail is noticed and mended, and a loop ends after the limit`() async throws {
            let bots = try await WatchedBots()
            defer { bots.end() }
            #expect(try await bots.ops("check").run().status == 1, "nothing runs yet, and everything is started")
            #expect(try await bots.ops("reset", "looping").run().status == 0)
            let healthy = try await bots.ops("check", "silent", "--json").run()
            #expect(healthy.status == 0, "\(healthy.out) \(healthy.err)")

            let seen = NIOLockedValueBox("")
            let watchdog = NIOLockedValueBox<Int32>(0)
            let outcome = try await bots.ops("run", "--json").run { pid in
                watchdog.withLockedValue { $0 = pid }
            } onError: { text in
                let (before, all) = seen.withLockedValue { seen in
                    defer { seen += text }
                    return (seen, seen + text)
                }
                func began(_ condition: (String) -> Bool) -> Bool { condition(all) && !condition(before) }
                if began({ $0.contains("All health checks passed") }) { bots.harm() }
                let pid = watchdog.withLockedValue { $0 }
                if began(Self.isOver), pid > 0 { kill(pid, SIGTERM) }
            }
            #expect(outcome.status == 0, "\(outcome.err)")
            #expect(outcome.err.hasSuffix("watchdog: stopped\n"), "it ended between two passes")
            let reasons = [
                "killed": "is gone", "stopped": "stopped by a signal", "frozen": "Log file is stale",
                "silent": "No recent activity",
                "hanging": "Health endpoint has not answered",
            ]
            let journal = try bots.journal()
            for (name, reason) in reasons {
                let restarts = try await journal.restarts(of: name, limit: 10)
                #expect(restarts.count == 2, "the start, and one restart of \(name): \(restarts)")
                #expect(restarts.first?.reason.contains(reason) == true, "\(restarts)")
                #expect(restarts.first?.outcome == "healthy")
            }
            let loop = try await journal.restarts(of: "looping", limit: 10)
            #expect(loop.count == 3, "the start, and two restarts: \(loop)")
            #expect(outcome.err.components(separatedBy: "looping was restarted 2 times within the hour").count == 2)

            let after = try await bots.ops("check").run()
            #expect(after.status == 1, "\(after.out)")
            #expect(after.out.contains("1 of 6 services need attention: looping"))
            let history = try await bots.ops("history", "looping", "--json").run()
            #expect(history.out.components(separatedBy: "\"outcome\" : \"healthy\"").count == 4, "\(history.out)")
            let log = try String(contentsOfFile: bots.folder.path("logs/watchdog.log"), encoding: .utf8)
            #expect(log.split(separator: "\n").allSatisfy { $0.hasPrefix("[20") && $0.contains("] ") })
        }

        /// All but the looping one are mended, and that is left alone.
        private static func isOver(_ text: String) -> Bool {
            WatchedBots.names.dropLast().allSatisfy { text.contains("[OK] \($0) was restarted") }
                && text.contains("looping is left alone")
        }

        @Test func `a second check at once is told that one is at work`() async throws {
            let bots = try await WatchedBots()
            let lock = try bots.journal().lock("watchdog")
            defer { lock.release() }
            #expect(try await bots.ops("check").run().status == 75)
        }

        @Test func `a wrong file, an unknown service and a watchdog that is off are said`() async throws {
            let bots = try await WatchedBots()
            let unknown = try await bots.ops("check", "nobody").run()
            #expect(unknown.status == 64)
            #expect(unknown.err.contains("these are: killed"))
            var off = bots.ops("check")
            off.environment["WATCHDOG_ENABLED"] = "0"
            let outcome = try await off.run()
            #expect(outcome.status == 0 && outcome.out.isEmpty, "\(outcome.out)")
            try #"{"services": [{"nam": 1}, {"name": "a", "unit": 3}]}"#
                .write(toFile: bots.folder.path("watchdog.json"), atomically: true, encoding: .utf8)
            for command in [["check"], ["run"], ["reset", "a"]] {
                let wrong = try await bots.ops(command).run()
                #expect(wrong.status == 78, "\(wrong.err)")
                #expect(
                    wrong.err.contains("4 things are wrong") && wrong.err.contains("did you mean 'name'?"),
                    "\(wrong.err)")
            }
        }
    }
}

/// Six bots, and the file that has them watched, with thresholds of two seconds.
struct WatchedBots: Sendable {
    static let names = ["killed", "stopped", "frozen", "silent", "hanging", "looping"]

    let folder: ScratchFolder
    private let port: Int

    init() async throws {
        folder = try ScratchFolder()
        port = try await Self.freePort()
        try Self.bot.write(toFile: folder.path("bot"), atomically: true, encoding: .utf8)
        try Self.server.write(toFile: folder.path("server.py"), atomically: true, encoding: .utf8)
        let services = Self.names.map(service).joined(separator: ",\n")
        try "{\"services\": [\n\(services)\n]}"
            .write(toFile: folder.path("watchdog.json"), atomically: true, encoding: .utf8)
    }

    private func service(_ name: String) -> String {
        let own =
            switch name {
            case "hanging": #""health_url": "http://127.0.0.1:\#(port)/health/ping", "freeze_threshold": 2"#
            case "looping": #""max_restarts": 2"#
            default:
                #""log": "\#(folder.path(name)).log", "log_age": 2, "log_lines": 10, "log_patterns": ["VIX|Update"]"#
            }
        let start =
            name == "hanging" ? ["python3", folder.path("server.py"), "\(port)"] : ["bash", folder.path("bot"), name]
        let words = start.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"name": "\#(name)", "pid_file": "\#(folder.path(name)).pid", "start": [\#(words)], \#(own)}"#
    }

    func ops(_ arguments: String...) -> Command { ops(arguments) }

    func ops(_ arguments: [String]) -> Command {
        let inherited = ProcessInfo.processInfo.environment
        return .ops(
            ["watchdog"] + arguments,
            [
                "PATH": inherited["PATH"] ?? "/usr/bin:/bin", "LD_LIBRARY_PATH": inherited["LD_LIBRARY_PATH"] ?? "",
                "HOME": folder.path, "STATE_DIR": folder.path("state"), "LOG_DIR": folder.path("logs"),
                "DATABASE_URL": "sqlite:" + folder.path("candles.db"), "WATCHDOG_CONFIG": folder.path("watchdog.json"),
                "WATCHDOG_CHECK_INTERVAL": "1",
            ])
    }

    func journal() throws -> Journal {
        try Journal(folder: URL(filePath: folder.path("state"))) { Int64(Date().timeIntervalSince1970 * 1000) }
    }

    /// Makes each of them fail in its own way.
    func harm() {
        if let pid = pid(of: "killed") { kill(pid, SIGKILL) }
        if let pid = pid(of: "stopped") { kill(pid, SIGSTOP) }
        for name in ["frozen", "silent", "hanging"] {
            _ = FileManager.default.createFile(atPath: folder.path(name) + ".harm", contents: nil)
        }
    }

    /// Ends those that run; each would end by itself after some minutes.
    func end() {
        for name in Self.names {
            guard let pid = pid(of: name), let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
                String(decoding: line, as: UTF8.self).contains(folder.path)
            else { continue }
            kill(pid, SIGKILL)
        }
    }

    private func pid(of name: String) -> Int32? {
        let text = try? String(contentsOfFile: folder.path(name) + ".pid", encoding: .utf8)
        return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func freePort() async throws -> Int {
        let listener = try await ServerBootstrap.listener()
        let port = listener.channel.localAddress?.port ?? 0
        try await listener.channel.close().get()
        return port
    }

    /// Writes a line each fifth of a second; one that loops falls seven seconds after each start.
    private static let bot = """
        cd "$(dirname "$0")" || exit
        rm -f "$1.harm"
        echo $$ >"$1.pid"
        for round in $(seq 1500); do
            [ "$1" != looping ] || [ "$round" -lt 35 ] || exit 1
            if [ ! -e "$1.harm" ]; then echo "$round VIX Update" >>"$1.log"
            elif [ "$1" = silent ]; then echo "$round noise" >>"$1.log"; fi
            sleep 0.2
        done
        """

    private static let server = """
        import http.server, os, sys, threading, time

        folder = os.path.dirname(sys.argv[0])
        harm = os.path.join(folder, "hanging.harm")
        if os.path.exists(harm):
            os.remove(harm)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if os.path.exists(harm):
                    time.sleep(300)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
        with open(os.path.join(folder, "hanging.pid"), "w") as file:
            file.write(str(os.getpid()))
        threading.Timer(300, os._exit, [0]).start()
        server.serve_forever()
        """
}
