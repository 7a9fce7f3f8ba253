import Foundation
import Host
import NIOConcurrencyHelpers
import Testing

/// Independent clients of Telegram and Discord talk to the doubles, so that these are more than our own idea of the interfaces.
@Suite(.enabled(if: Peers.hasVenv, "no clients from PyPI; scripts/test --step venv"), .timeLimit(.minutes(2)))
struct PeerTests {
    private func run(_ script: String, _ arguments: String...) async throws {
        let end = try await Program(Peers.python, [Peers.script(script)] + arguments, deadline: .seconds(100)).run()
        #expect(end.status == 0, "\(end.output)\n\(end.errors)")
        #expect(end.output.contains("all answers read"))
    }

    @Test func `python-telegram-bot and apprise read the double of Telegram`() async throws {
        let double = TelegramDouble()
        double.state.withLockedValue {
            $0.updates = [
                #"{"update_id":1,"message":{"message_id":1,"date":1795220086,"chat":{"id":987654321,"type":"private","first_name":"Ada"}}}"#
            ]
            $0.migrations = ["-4012": -1_001_234_567_890]
            $0.always = [
                "403": TelegramDouble.error(403, "Forbidden: bot was blocked by the user"),
                "429": TelegramDouble.flood(15),
            ]
        }
        try await WebDouble.with(double.answer) { server in
            let base = try server.url().absoluteString
            try await run("check_telegram.py", base, TelegramDouble.token)
            #expect(double.texts.contains("a < b"))
            double.state.withLockedValue { $0.conflict = "terminated by other getUpdates request" }
            try await run("check_telegram.py", base, TelegramDouble.token, "conflict")
        }
    }

    @Test func `apprise reads the double of Discord`() async throws {
        let double = DiscordDouble()
        try await WebDouble.with(double.answer) { server in
            let parts = DiscordDouble.path.split(separator: "/").map(String.init)
            try await run("check_discord.py", try server.url().absoluteString, parts[2], parts[3])
        }
        #expect(double.contents.contains { $0.contains("@everyone") })
    }
}
