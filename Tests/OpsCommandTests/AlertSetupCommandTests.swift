import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

extension OpsCommandSuite {
    /// `ops alert setup` and `test` against a bot on this host.
    @Suite("Alert setup and test", .timeLimit(.minutes(2))) struct AlertSetupCommandTests {
        private let folder: ScratchFolder
        private static let token = "123456:ABC-secret_token"

        init() throws { folder = try ScratchFolder() }

        private var file: String { folder.path("config/alert_config.json") }

        private func environment(_ port: Int, _ more: [String: String] = [:]) -> [String: String] {
            [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path,
                "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
                "STATE_DIR": folder.path("state"), "DATABASE_URL": "sqlite:" + folder.path("candles.db"),
                "ALERT_CONFIG": file, "TELEGRAM_API_BASE": "http://127.0.0.1:\(port)",
            ].merging(more) { $1 }
        }

        /// Beside a bot that one person has written to, or none; gives the paths that were asked for.
        private func withBot<T: Sendable>(
            chats: [Int] = [987_654_321], status: Int = 200, _ body: @Sendable (Int) async throws -> T
        ) async throws -> (T, [String]) {
            let heard = NIOLockedValueBox<[String]>([])
            let result = try await TinyServer.with { exchange in
                heard.withLockedValue { $0.append(exchange.path) }
                let updates = chats.map {
                    "{\"update_id\":\($0),\"message\":{\"chat\":{\"id\":\($0),\"type\":\"private\",\"first_name\":\"Ada\"}}}"
                }
                let answers = [
                    "getMe": "{\"id\":1,\"first_name\":\"Alerts\",\"username\":\"alerts_bot\"}",
                    "getUpdates": "[\(updates.joined(separator: ","))]", "sendMessage": "{\"message_id\":1}",
                ]
                let answer = answers.first { exchange.path == "/bot\(Self.token)/\($0.key)" }?.value
                let body = answer.map { "{\"ok\":true,\"result\":\($0)}" }
                let (code, text) =
                    if let body, status == 200 { (200, body) } else {
                        (401, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}")
                    }
                try await exchange.write("HTTP/1.1 \(code) So\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
                try await exchange.close()
            } _: { server in
                try await body(server.port)
            }
            return (result, heard.withLockedValue { $0 })
        }

        /// `ops alert setup` on a terminal, whose questions get these answers.
        private func setup(_ port: Int, _ answers: [[String]]) async throws -> Command.Outcome {
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Peers/terminal.py").path
            let json = String(decoding: try JSONEncoder().encode(answers), as: UTF8.self)
            let ops = Command.ops([], [:]).program.path
            return try await Command(
                program: URL(filePath: "/usr/bin/python3"), arguments: [script, json, ops, "alert", "setup"],
                environment: environment(port)
            ).run()
        }

        @Test func `setup asks for the token without showing it, finds the chat, sends a test, writes the file`()
            async throws
        {
            let (outcome, paths) = try await withBot { port in
                try await setup(port, [["not shown", Self.token], ["press Enter", ""]])
            }
            #expect(outcome.status == 0, "\(outcome.out)")
            #expect(!outcome.out.contains("secret_token") && outcome.out.contains("@alerts_bot"))
            #expect(paths.map { $0.split(separator: "/").last } == ["getMe", "getUpdates", "sendMessage"])
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("\"bot_token\" : \"\(Self.token)\"") && text.contains("\"chat_id\" : \"987654321\""))
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
            let (test, _) = try await withBot { try await Command.ops(["alert", "test"], environment($0)).run() }
            #expect(test.status == 0 && test.out == "telegram  delivered\n", "\(test.out)\(test.err)")
        }

        @Test func `of several chats a person chooses`() async throws {
            let (outcome, _) = try await withBot(chats: [5, 6, 7]) { port in
                try await setup(
                    port, [["not shown", Self.token], ["press Enter", ""], ["1 to 3", "9"], ["1 to 3", "2"]])
            }
            #expect(outcome.status == 0, "\(outcome.out)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("\"chat_id\" : \"6\""))
        }

        @Test func `a bot that nobody wrote to, and a wrong token, leave no file`() async throws {
            let enter = Array(repeating: ["press Enter", ""], count: 5)
            let (silent, _) = try await withBot(chats: []) { try await setup($0, [["not shown", Self.token]] + enter) }
            #expect(silent.status == 69 && silent.out.contains("[alert-setup-no-chat]"), "\(silent.out)")
            let (wrong, _) = try await withBot { try await setup($0, [["not shown", "1:wrong-secret"]]) }
            #expect(wrong.status == 78 && wrong.out.contains("[channel-gone]"), "\(wrong.out)")
            #expect(!wrong.out.contains("wrong-secret"))
            #expect(!FileManager.default.fileExists(atPath: file))
        }

        @Test func `without a terminal, token and chat must be given`() async throws {
            let (refused, _) = try await withBot { try await Command.ops(["alert", "setup"], environment($0)).run() }
            #expect(refused.status == 64 && refused.err.contains("--chat-id"))
            let (given, paths) = try await withBot { port in
                let more = ["TELEGRAM_BOT_TOKEN": Self.token]
                return try await Command.ops(["alert", "setup", "--chat-id", "-42", "--json"], environment(port, more))
                    .run()
            }
            #expect(given.status == 0 && given.text("chat") == "-42", "\(given.err)")
            #expect(!(given.out + given.err).contains("secret_token") && paths.count == 2)
            let (bad, _) = try await withBot {
                try await Command.ops(["alert", "setup", "--chat-id", "a b"], environment($0)).run()
            }
            #expect(bad.status == 64)
        }

        @Test func `a test names each channel, and says what failed`() async throws {
            let none = try await Command.ops(["alert", "test"], environment(1)).run()
            #expect(none.status == 78 && none.err.contains("[alert-no-channel]"))
            let more = [
                "TELEGRAM_BOT_TOKEN": Self.token, "TELEGRAM_CHAT_ID": "5",
                "ADMIN_ALERT_WEBHOOK": "http://127.0.0.1:1/api/webhooks/1/secret-webhook",
            ]
            let (some, _) = try await withBot { try await Command.ops(["alert", "test"], environment($0, more)).run() }
            #expect(some.status == 69)
            #expect(
                some.out == """
                    telegram  delivered
                    discord   failed: discord does not take alerts now: the connection is refused [channel-unavailable]

                    """)
            let (gone, _) = try await withBot(status: 401) {
                try await Command.ops(["alert", "test", "--channel", "telegram", "--json"], environment($0, more)).run()
            }
            #expect(gone.status == 69 && gone.out.contains("\"code\" : \"channel-gone\""))
            #expect(!(some.out + some.err + gone.out + gone.err).contains("secret"))
            let (unknown, _) = try await withBot {
                try await Command.ops(["alert", "test", "--channel", "pigeon"], environment($0, more)).run()
            }
            #expect(unknown.status == 64 && unknown.err.contains("telegram, discord"))
        }

        @Test func `bad settings are named at once`() async throws {
            let more = ["TELEGRAM_BOT_TOKEN": "s3cret", "ALERT_EMAIL": "x"]
            let outcome = try await Command.ops(["alert", "test"], environment(1, more)).run()
            #expect(
                outcome.status == 78 && outcome.err.contains("3 settings of the alerts are wrong"), "\(outcome.err)")
            #expect(!outcome.err.contains("s3cret"))
        }
    }
}
