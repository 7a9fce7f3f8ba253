import Foundation
import Host
import TestSupport
import Testing

extension OpsCommandSuite {
    /// A test that looks: at what /proc says of each kind of program that we start.
    @Suite("Environment of children", .timeLimit(.minutes(5))) struct ChildEnvironmentTests {
        private static let secret = "hunter2-\(UInt64.random(in: 0...UInt64.max))"
        private static let others = [
            "pg_dump", "psql", "systemctl", "loginctl", "journalctl", "timedatectl", "git", "curl", "sendmail",
            "notify-send", "nvidia-smi", "stty", "setsid", "chronyc", "ntpq",
        ]

        /// Each program notes its own environment, and does what the real one would, where there is one.
        private func watch(_ host: inout OpsHost) throws {
            let bin = host.folder.path("bin")
            try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: false)
            for name in Self.others {
                let script = """
                    #!/bin/bash
                    { echo "== \(name)"; tr '\\0' '\\n' < /proc/$$/environ; } >> "$HOME/seen"
                    for real in /usr/bin/\(name) /bin/\(name); do [ ! -x $real ] || exec $real "$@"; done
                    cat > /dev/null
                    """
                try script.write(toFile: "\(bin)/\(name)", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bin)/\(name)")
            }
            host.environment["PATH"] = "\(bin):/usr/bin:/bin"
            for name in SecretNames.all where host.environment[name] == nil { host.environment[name] = address(name) }
            host.environment["ALERT_EMAIL"] = "a@example.org"
            host.environment["ALERT_DESKTOP"] = "1"
            host.environment["TELEGRAM_CHAT_ID"] = "1"
            host.environment["TELEGRAM_API_BASE"] = "http://127.0.0.1:9"
            host.environment["DISPLAY"] = ":0"
        }

        private func address(_ name: String) -> String {
            switch name {
            case "SMTP_URL": "smtp://u:\(Self.secret)@127.0.0.1:9"
            case "FRONTEND_DATABASE_URL": "postgres://u:\(Self.secret)@127.0.0.1:9/db"
            case "POSTGRES_PASSWORD", "PGPASSWORD": Self.secret
            case "TELEGRAM_BOT_TOKEN": "123:\(Self.secret)"
            default: "http://127.0.0.1:9/\(Self.secret)"
            }
        }

        private func seen(_ host: OpsHost) throws -> [String: [String]] {
            let text = try String(contentsOfFile: host.folder.path("seen"), encoding: .utf8)
            var seen: [String: [String]] = [:]
            for part in text.components(separatedBy: "== ").dropFirst() {
                let lines = part.split(separator: "\n").map(String.init)
                seen[lines[0], default: []] += lines.dropFirst()
            }
            return seen
        }

        @Test(arguments: Engine.allCases) func `no program of others gets a secret of ours`(engine: Engine) async throws
        {
            var host = try await OpsHost(engine, candles: 10)
            try watch(&host)
            let watchdog = """
                {"services": [{"name": "bot", "pid_file": "\(host.folder.path("bot.pid"))", "start": ["systemctl", "--version"]}]}
                """
            try watchdog.write(toFile: host.folder.path("watchdog.json"), atomically: true, encoding: .utf8)
            for arguments in [
                ["backup"], ["verify", "--deep"], ["restore", "--type", engine.rawValue, "--yes"], ["doctor"],
                ["status"],
                ["health"], ["alert", "send", "x", "--severity", "critical"], ["alert", "test"], ["watchdog", "check"],
            ] {
                _ = try await Command.ops(arguments, host.environment).killed(after: 30).run()
            }
            _ = try await Command.ingest(["bootstrap", "--series", "BTCUSD-1h"], host.environment).killed(after: 30)
                .run()
            let seen = try seen(host)
            #expect(seen["systemctl"] != nil)
            #expect(seen["curl"] != nil)
            if engine == .postgres { #expect(seen["pg_dump"] != nil && seen["psql"] != nil) }
            for (name, lines) in seen {
                for line in lines {
                    // It is theirs: it lets them in.
                    let isPassword = line.hasPrefix("PGPASSWORD=") && ["pg_dump", "psql"].contains(name)
                    #expect(isPassword || !line.contains(Self.secret), "\(name) has \(line.prefix { $0 != "=" })")
                    let isSecret = SecretNames.contains(String(line.prefix { $0 != "=" }))
                    #expect(!isSecret || isPassword, "\(name) has \(line.prefix { $0 != "=" })")
                }
            }
        }
    }
}
