import Foundation
import Host
import NIOConcurrencyHelpers
import Resilience
import Testing
import Transport

@testable import Alerts

@Suite("Telegram's setup", .timeLimit(.minutes(1))) struct TelegramSetupTests {
    private let double = TelegramDouble()

    private func with<T: Sendable>(
        token: String = TelegramDouble.token, _ body: @Sendable (TelegramSetup) async throws -> T
    ) async throws -> T {
        try await WebDouble.with(double.answer) { server in
            try await body(
                TelegramSetup(TelegramAPI(token: Secret(token), base: try server.url(), over: AsyncHTTPTransport())))
        }
    }

    @Test func `a token has a name, a wrong one is gone`() async throws {
        #expect(try await with { try await $0.botName() } == "alerts_bot")
        let wrong = try await fault { _ = try await with(token: "1:secret") { try await $0.botName() } }
        #expect(wrong?.code == "channel-gone")
        #expect(
            try await fault { _ = try await with(token: "secret") { try await $0.botName() } }?.code == "channel-gone")
    }

    @Test func `every chat that wrote to the bot is found once`() async throws {
        #expect(try await with { try await $0.chats() } == [])
        double.state.withLockedValue {
            $0.updates = [
                #"{"update_id":1,"message":{"message_id":1,"chat":{"id":987654321,"type":"private","first_name":"Ada"}}}"#,
                #"{"update_id":2,"my_chat_member":{"chat":{"id":-1001234567890,"type":"supergroup","title":"Ops"}}}"#,
                #"{"update_id":3,"message":{"message_id":2,"chat":{"id":987654321,"type":"private","username":"ada"}}}"#,
                #"{"update_id":4,"channel_post":{"chat":{"id":-100777,"type":"channel","title":"News"}}}"#,
                #"{"update_id":5,"poll":{"id":"1"}}"#,
            ]
        }
        let chats = try await with { try await $0.chats() }
        #expect(chats.map(\.id) == ["-1001234567890", "987654321", "-100777"])
        #expect(chats.map(\.name) == ["Ops", "ada", "News"])
    }

    @Test(arguments: [
        ("can't use getUpdates method while webhook is active; use deleteWebhook", "webhook"),
        ("terminated by other getUpdates request; make sure that only one bot instance is running", "another program"),
    ]) func `whoever else reads the bot's messages is explained`(words: String, explanation: String) async throws {
        double.state.withLockedValue { $0.conflict = words }
        let conflict = try await fault { _ = try await with { try await $0.chats() } }
        #expect(conflict?.hint?.contains(explanation) == true && conflict?.hint?.contains("--chat-id") == true)
    }
}
