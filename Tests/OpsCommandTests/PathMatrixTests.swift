import Foundation
import Storage
import TestSupport
import Testing

extension OpsCommandSuite {
    /// Every setting that is a path, written in every way that leads there.
    @Suite("Paths of settings", .timeLimit(.minutes(10))) struct PathMatrixTests {
        enum Form: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case plain, link, linkToLink, relative, spaces, slash

            var testDescription: String { rawValue }
        }

        /// A place on disk, and how a person names it.
        struct Place: Sendable {
            let work: ScratchFolder
            let form: Form

            init(_ form: Form) throws {
                self.form = form
                work = try ScratchFolder()
                try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
            }

            private var real: String { work.path(form == .spaces ? "re al ones" : "real") }

            /// Where it is.
            func real(_ name: String) -> String { "\(real)/\(name)" }

            /// What a person writes; links that are older than what they lead to.
            func named(_ name: String) async throws -> String {
                switch form {
                case .plain, .spaces: return real(name)
                case .relative: return "real/\(name)"
                case .slash: return real(name) + "/"
                case .link, .linkToLink:
                    var target = real(name)
                    for link in form == .link ? ["one"] : ["one", "two"] {
                        let path = work.path("\(link)-\(name)")
                        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
                        target = path
                        let old = Command(
                            program: URL(filePath: "/usr/bin/touch"), arguments: ["-h", "-d", "3 days ago", path],
                            environment: [:])
                        #expect(try await old.run().status == 0)
                    }
                    return target
                }
            }

            func folder(_ name: String) throws {
                try FileManager.default.createDirectory(atPath: real(name), withIntermediateDirectories: true)
            }

            func write(_ text: String, to name: String) throws {
                try Data(text.utf8).write(to: URL(filePath: real(name)))
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: real(name))
            }

            var environment: [String: String] {
                let own = ProcessInfo.processInfo.environment
                return [
                    "PATH": own["PATH"] ?? "/usr/bin:/bin", "LD_LIBRARY_PATH": own["LD_LIBRARY_PATH"] ?? "",
                    "HOME": work.path,
                    "STATE_DIR": work.path("state"), "LOG_DIR": work.path("logs"), "BACKUP_DIR": work.path("backups"),
                    "DATABASE_PATH": work.path("candles.db"), "BITFINEX_REST_URL": "http://127.0.0.1:9",
                ]
            }

            /// In the working folder that relative paths begin at.
            func run(_ program: String, _ arguments: [String], _ settings: [String: String] = [:]) async throws
                -> Command.Outcome
            {
                let path = Command.folder.appending(path: program).path
                return try await Command(
                    program: URL(filePath: "/bin/sh"),
                    arguments: ["-c", "cd \"$0\" && exec timeout -s KILL 60 \"$@\"", work.path, path] + arguments,
                    environment: environment.merging(settings) { $1 }
                ).run()
            }

            func fill(_ path: String) async throws {
                let store = try SQLiteCandleStore(path: path)
                try await store.fill(20, from: 0)
                await store.close()
            }
        }

        @Test(arguments: Form.allCases) func `BACKUP_DIR`(form: Form) async throws {
            let place = try Place(form)
            try await place.fill(place.work.path("candles.db"))
            try place.folder("kept")
            let settings = ["BACKUP_DIR": try await place.named("kept")]
            for _ in 0..<2 {
                #expect(try await place.run("ops", ["backup", "--type", "sqlite"], settings).status == 0)
            }
            let files = try FileManager.default.contentsOfDirectory(atPath: place.real("kept")).filter {
                $0.hasSuffix(".gz")
            }
            #expect(files.count == 2)
            let listed = try await place.run("ops", ["backups", "--json"], settings)
            #expect(listed.out.components(separatedBy: "\"file\"").count == 3, "\(listed.out)")
            for arguments in [
                ["verify"], ["restore", "--type", "sqlite", "--yes"],
                ["restore", "--type", "sqlite", "--file", files[0], "--yes"],
            ] {
                let outcome = try await place.run("ops", arguments, settings)
                #expect(outcome.status == 0, "\(arguments): \(outcome.err)")
            }
        }

        @Test(arguments: Form.allCases) func `LOG_DIR`(form: Form) async throws {
            let place = try Place(form)
            try place.folder("kept")
            try place.write(
                "{\"time\":\"2026-11-01T00:00:00.000Z\",\"level\":\"info\",\"source\":\"a\",\"message\":\"seen\"}\n",
                to: "kept/bot.jsonl")
            let settings = ["LOG_DIR": try await place.named("kept")]
            #expect(try await place.run("ops", ["logs", "show"], settings).out.contains("seen"))
            #expect(try await place.run("ops", ["alert", "send", "x"], settings).status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.real("kept/alerts")).count == 1)
            #expect(try await place.run("ops", ["logs", "rotate", "--force"], settings).status == 0)
            #expect(!FileManager.default.fileExists(atPath: place.real("kept/bot.jsonl")))
            #expect(try await place.run("ops", ["logs", "show"], settings).out.contains("seen"))
        }

        @Test(arguments: Form.allCases.filter { $0 != .relative }) func `STATE_DIR`(form: Form) async throws {
            let place = try Place(form)
            try place.folder("kept")
            let settings = ["STATE_DIR": try await place.named("kept")]
            #expect(try await place.run("ops", ["alert", "send", "x"], settings).status == 0)
            #expect(try await place.run("ops", ["alert", "list"], settings).out.contains("x"))
            #expect(FileManager.default.fileExists(atPath: place.real("kept/journal.db")))
        }

        @Test(arguments: Form.allCases, ["DATABASE_PATH", "DATABASE_URL", "--database", "DATABASE_URL_FILE"])
        func `the path of an SQLite file`(form: Form, setting: String) async throws {
            let place = try Place(form)
            try await place.fill(place.real("c.db"))
            let path = try await place.named("c.db")
            try place.write("sqlite:\(path)\r\n", to: "url")
            var settings = ["DATABASE_PATH": ""]
            switch setting {
            case "DATABASE_PATH": settings[setting] = path
            case "DATABASE_URL_FILE": settings[setting] = try await place.named("url")
            default: settings["DATABASE_URL"] = "sqlite:" + path
            }
            let flag = setting == "--database" ? ["--database", "sqlite:" + path] : []
            let status = try await place.run("ingest", ["status", "--json"] + flag, settings)
            #expect(status.status == 0 && status.out.contains("\"count\" : 20"), "\(status)")
            if !flag.isEmpty { return }
            #expect(try await place.run("ops", ["backup", "--type", "sqlite"], settings).status == 0)
            let restored = try await place.run("ops", ["restore", "--type", "sqlite", "--yes"], settings)
            #expect(restored.status == 0, "\(restored.err)")
            if form == .link { #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil) }
        }

        @Test(arguments: Form.allCases.filter { ![.slash, .relative, .spaces].contains($0) })
        func `the file .env`(form: Form) async throws {
            let place = try Place(form)
            try place.write("DEPLOYMENT_ENV=seen\n", to: ".env")
            let named = try await place.named(".env")
            try FileManager.default.createSymbolicLink(atPath: place.work.path(".env"), withDestinationPath: named)
            let doctor = try await place.run("ops", ["doctor"])
            #expect(doctor.out.contains(".env is yours alone"), "\(doctor.out)")
            #expect(try await place.run("ops", ["status"]).out.contains("(seen)"))
        }

        @Test(arguments: Form.allCases) func `WATCHDOG_CONFIG, a watched log and a pid file`(form: Form) async throws {
            let place = try Place(form)
            let bot = Process()
            bot.executableURL = URL(filePath: "/bin/sleep")
            bot.arguments = ["100"]
            try bot.run()
            defer { bot.terminate() }
            try place.write("working\n", to: "bot.log")
            // As Postgres writes it.
            try place.write("\(bot.processIdentifier)\n/var/lib/data\n1700000000\n5432\n", to: "bot.pid")
            let service: [String: Any] = [
                "name": "bot", "pid_file": try await place.named("bot.pid"), "start": ["/bin/false"],
                "log": try await place.named("bot.log"), "log_age": 600,
            ]
            let file = try JSONSerialization.data(withJSONObject: ["services": [service]])
            try place.write(String(decoding: file, as: UTF8.self), to: "watchdog.json")
            let settings = ["WATCHDOG_CONFIG": try await place.named("watchdog.json")]
            let check = try await place.run("ops", ["watchdog", "check"], settings)
            #expect(check.status == 0, "\(check.out) \(check.err)")
            #expect((check.out + check.err).contains("All health checks passed"), "\(check.out) \(check.err)")
        }

        @Test(arguments: Form.allCases) func `MODEL_METADATA_FILE`(form: Form) async throws {
            let place = try Place(form)
            try place.write("{\"name\": \"seen\"}", to: "model.json")
            let settings = ["MODEL_METADATA_FILE": try await place.named("model.json")]
            let status = try await place.run("ops", ["status", "--json"], settings)
            #expect(status.out.contains("\"name\" : \"seen\""), "\(status.out)")
        }

        @Test(arguments: Form.allCases) func `ALERT_CONFIG and the file of a secret`(form: Form) async throws {
            let place = try Place(form)
            try place.write(
                "{\"telegram\": {\"enabled\": true, \"bot_token\": \"1:x\", \"chat_id\": \"1\"}}", to: "alerts.json")
            try place.write("https://example.invalid/hook\n", to: "hook")
            let settings = [
                "ALERT_CONFIG": try await place.named("alerts.json"),
                "ADMIN_ALERT_WEBHOOK_FILE": try await place.named("hook"),
            ]
            let doctor = try await place.run("ops", ["doctor"], settings)
            #expect(
                doctor.out.contains("telegram") && doctor.out.contains("alerts.json is yours alone"), "\(doctor.out)")
            #expect(!doctor.out.contains("can be read by others"), "\(doctor.out)")
            #expect(try await place.run("ops", ["doctor", "--settings"], settings).status == 0)
        }
    }
}
