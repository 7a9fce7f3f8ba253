import Foundation
import Host
import Logging
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing
import Transport

@testable import Alerts

@Suite("Telegram", .timeLimit(.minutes(1))) struct TelegramChannelTests {
    private let double = TelegramDouble()
    private let kept = NIOLockedValueBox<String?>(nil)

    private func channel(
        _ base: URL, chat: String = "987654321", token: String = TelegramDouble.token,
        deadline: Duration = .seconds(15)
    ) -> TelegramChannel {
        let memory = ChannelMemory(
            load: { [kept] _ in kept.withLockedValue { $0 } },
            save: { [kept] _, text in kept.withLockedValue { $0 = text } }
        )
        return TelegramChannel(
            token: Secret(token), chat: chat, base: base, memory: memory, over: AsyncHTTPTransport(),
            deadline: deadline, logger: Logger(label: "test"))
    }

    /// The fault of one delivery, after which nothing of it may show the token.
    private func deliver(
        _ notice: AlertNotice = .sample(), chat: String = "987654321", token: String = TelegramDouble.token,
        script: [WebDouble.Answer] = []
    ) async throws -> (fault: ChannelFault?, questions: [WebDouble.Question]) {
        double.state.withLockedValue { $0.script = script }
        return try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url(), chat: chat, token: token)
            let fault = try await fault { try await channel.deliver(notice) }
            let said = "\(String(describing: fault)) \(fault?.summary ?? "") \(fault?.hint ?? "")"
            #expect(!said.contains("secret"))
            return (fault, server.questions)
        }
    }

    @Test func `a notice is sent as HTML, with id and without preview`() async throws {
        let (fault, questions) = try await deliver(.sample("a < b & c", suppressed: 17))
        #expect(fault == nil)
        let sent = try #require(questions.first).json
        #expect(sent["chat_id"] as? Int == 987_654_321)
        #expect(sent["parse_mode"] as? String == "HTML")
        #expect(sent["disable_notification"] as? Bool == false)
        #expect((sent["link_preview_options"] as? [String: Bool])?["is_disabled"] == true)
        #expect(
            double.texts == [
                """
                [production] CRITICAL watchdog: series-stale BTCUSD-1m
                a < b & c
                Try: look at the log
                id a1b2c3 · since 2026-11-21T00:13:20Z (+17 more) · box.example
                """
            ])
    }

    @Test func `an info makes no sound, and a resolved one says so`() async throws {
        let info = try await deliver(.sample(severity: .info)).questions
        #expect(info.first?.json["disable_notification"] as? Bool == true)
        _ = try await deliver(.sample(kind: .resolved))
        #expect(double.texts.last?.hasPrefix("[production] RESOLVED watchdog: series-stale") == true)
    }

    @Test(arguments: ["a", "😀", "<", "&", "e\u{301}", "👨‍👩‍👧‍👦", "\r\n", "</b>"])
    func `4097 of anything are shortened before they are rendered`(piece: String) async throws {
        let (fault, questions) = try await deliver(.sample(String(repeating: piece, count: 4097)))
        #expect(fault == nil)
        #expect(questions.count == 1, "it was right at once")
        let text = try #require(double.texts.first)
        #expect(text.unicodeScalars.count > 4000 && text.unicodeScalars.count <= 4096)
        #expect(text.contains("…\nTry: look at the log\nid a1b2c3"))
    }

    @Test func `every field may be too long, and contain anything`() async throws {
        let long = String(repeating: "<x>&\u{0}😀\n", count: 3000)
        let (fault, questions) = try await deliver(
            .sample(long, target: long, hint: long, key: long, environment: long))
        #expect(fault == nil && questions.count == 1)
    }

    @Test func `what cannot be parsed goes once more as plain text`() async throws {
        let error = TelegramDouble.error(
            400, "Bad Request: can't parse entities: Unsupported start tag at byte offset 3")
        let (fault, questions) = try await deliver(.sample("a < b"), script: [error])
        #expect(fault == nil)
        try #require(questions.map { $0.json["parse_mode"] as? String } == ["HTML", nil])
        #expect((questions[1].json["text"] as? String)?.contains("a < b") == true)
    }

    @Test(arguments: ["message is too long", "Text is too long", "ENTITIES_TOO_LONG", "MESSAGE_TOO_LONG"])
    func `what is too long goes once more as one line`(words: String) async throws {
        let (fault, questions) = try await deliver(script: [TelegramDouble.error(400, "Bad Request: \(words)")])
        #expect(fault == nil && questions.count == 2)
        #expect(double.texts.count == 1 && double.texts[0].contains("id a1b2c3") && !double.texts[0].contains("\n"))
    }

    @Test func `what is taken in no form is refused after three`() async throws {
        let error = TelegramDouble.error(400, "Bad Request: something new")
        let (fault, questions) = try await deliver(script: [error, error, error])
        #expect(fault == .refused(channel: "telegram", reason: "Bad Request: something new"))
        #expect(questions.count == 3)
        let tooLong = TelegramDouble.error(400, "Bad Request: message is too long")
        #expect(try await deliver(script: [tooLong, tooLong]).fault?.code == "channel-refused")
    }

    @Test func `a flood is waited out as long as the body says, or the header`() async throws {
        #expect(
            try await deliver(script: [TelegramDouble.flood(15)]).fault?.disposition == .retryable(after: .seconds(15)))
        let headerOnly = TelegramDouble.error(429, "Too Many Requests", headers: ["Retry-After": "7"])
        #expect(try await deliver(script: [headerOnly]).fault?.disposition == .retryable(after: .seconds(7)))
        let neither = TelegramDouble.error(429, "Too Many Requests")
        #expect(try await deliver(script: [neither]).fault?.disposition == .retryable(after: .seconds(30)))
        #expect(
            try await deliver(script: [TelegramDouble.flood(999_999)]).fault?.disposition
                == .retryable(after: .seconds(3600)))
    }

    @Test func `a group that became a supergroup is followed, and remembered`() async throws {
        double.state.withLockedValue {
            $0.chats.formUnion(["-1001234567890"])
            $0.migrations["-4012"] = -1_001_234_567_890
        }
        let (fault, questions) = try await deliver(chat: "-4012")
        #expect(fault == nil && questions.count == 2)
        #expect(kept.withLockedValue { $0 } == "-4012 -> -1001234567890")
        // Another process, after a restart.
        let next = try await deliver(chat: "-4012")
        #expect(next.fault == nil && next.questions.count == 1)
        // A person wrote another chat into the settings.
        #expect(try await deliver(chat: "987654321").questions.first?.json["chat_id"] as? Int == 987_654_321)
    }

    @Test func `a chat that moves in a circle ends`() async throws {
        double.state.withLockedValue { $0.migrations = ["-1": -2, "-2": -1] }
        let (fault, questions) = try await deliver(chat: "-1")
        #expect(fault?.code == "channel-unavailable" && questions.count == 2)
    }

    @Test(arguments: [
        (403, "Forbidden: bot was blocked by the user"), (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: bot is not a member of the channel chat"), (401, "Unauthorized"), (404, "Not Found"),
        (401, "Unauthorized: invalid token specified"), (400, "Bad Request: chat not found"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ]) func `what no retry mends is gone, with a remedy`(status: Int, words: String) async throws {
        let (fault, questions) = try await deliver(script: [TelegramDouble.error(status, words)])
        guard case .gone(_, words, let remedy) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(!remedy.isEmpty && questions.count == 1)
    }

    @Test func `an unknown chat and a wrong token are found by the double itself`() async throws {
        #expect(try await deliver(chat: "-5").fault?.code == "channel-gone")
        #expect(try await deliver(token: "9:other-secret").fault?.code == "channel-gone")
    }

    @Test(arguments: [
        WebDouble.Answer.reply(502, headers: [:], body: "<html>Bad Gateway</html>"),
        TelegramDouble.error(500, "Internal Server Error"), .reply(200, headers: [:], body: "<html>log in here</html>"),
        .reply(404, headers: [:], body: "<html>not Telegram</html>"), .json(200, "{\"ok\":false}"),
        .reply(302, headers: ["Location": "/elsewhere"], body: ""),
    ]) func `a server in trouble, or one that is not Telegram, is tried later`(answer: WebDouble.Answer) async throws {
        let (fault, questions) = try await deliver(script: [answer])
        #expect(fault?.code == "channel-unavailable" && questions.count == 1)
    }

    @Test func `a token that the other side repeats is not repeated`() async throws {
        let echo = TelegramDouble.error(404, "Not Found: /bot\(TelegramDouble.token)/sendMessage")
        #expect(try await deliver(script: [echo]).fault?.summary.contains("<redacted>") == true)
    }

    @Test func `no answer in time is an unknown outcome, nobody listening is not`() async throws {
        double.state.withLockedValue { $0.script = [.silence] }
        try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url(), deadline: .milliseconds(300))
            let silent = try await fault { try await channel.deliver(.sample()) }
            #expect(silent?.code == "channel-unknown-outcome")
            let said = "\(String(describing: silent))"
            #expect(!said.contains("secret"))
        }
        let nobody = try await fault {
            try await channel(try #require(URL(string: "http://127.0.0.1:1"))).deliver(.sample())
        }
        #expect(nobody == .unavailable(channel: "telegram", reason: "the connection is refused", after: nil))
    }

    @Test func `a connection that ends after the message is an unknown outcome`() async throws {
        try await TinyServer.with {
            try await $0.close(abruptly: true)
        } _: { server in
            let channel = channel(try server.url(""))
            let end = try await fault { try await channel.deliver(.sample()) }
            #expect(end?.code == "channel-unknown-outcome")
            let said = "\(String(describing: end))"
            #expect(!said.contains("secret"))
        }
    }

    @Test func `a cancelled delivery ends as cancelled`() async throws {
        double.state.withLockedValue { $0.script = [.silence] }
        try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url())
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        try await channel.deliver(.sample())
                        return false
                    } catch { return error is CancellationError }
                }
                group.cancelAll()
                #expect(await group.next() == true)
            }
        }
    }

    @Test func `the digest of a configuration changes with it, and shows nothing`() throws {
        let base = try #require(URL(string: "https://api.example"))
        let one = channel(base).configuration
        #expect(one == channel(base).configuration && one.count == 16)
        #expect(one != channel(base, chat: "1").configuration && one != channel(base, token: "1:x").configuration)
        #expect(!"\(channel(base))".contains("secret_token"))
    }
}
