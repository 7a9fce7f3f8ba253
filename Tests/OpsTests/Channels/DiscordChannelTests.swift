import Foundation
import Host
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing
import Transport

@testable import Alerts

@Suite("Discord", .timeLimit(.minutes(1))) struct DiscordChannelTests {
    private let double = DiscordDouble()
    private let clock = ManualClock()

    private func channel(_ url: URL, deadline: Duration = .seconds(15)) -> DiscordChannel<ManualClock> {
        DiscordChannel(Secret(url), over: AsyncHTTPTransport(), deadline: deadline, clock: clock)
    }

    private func deliver(
        _ notice: AlertNotice = .sample(), path: String = DiscordDouble.path, script: [WebDouble.Answer] = []
    ) async throws -> (fault: ChannelFault?, questions: [WebDouble.Question]) {
        double.state.withLockedValue { $0.script = script }
        return try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url(path))
            let fault = try await fault { try await channel.deliver(notice) }
            let said = "\(String(describing: fault)) \(fault?.summary ?? "") \(fault?.hint ?? "")"
            #expect(!said.contains("secret"))
            return (fault, server.questions)
        }
    }

    @Test(arguments: ["/api/webhooks/", "/api/v6/webhooks/", "/api/v10/webhooks/"])
    func `version 10 is asked, and asked to wait, whatever the address names`(prefix: String) async throws {
        let path = DiscordDouble.path.replacing("/api/webhooks/", with: prefix) + "?thread_id=7&wait=false"
        let (fault, questions) = try await deliver(path: path)
        #expect(fault == nil)
        let sent = try #require(questions.first)
        #expect(sent.path == DiscordDouble.path.replacing("/api/", with: "/api/v10/"))
        #expect(sent.query == ["thread_id": "7", "wait": "true"])
        #expect((sent.json["allowed_mentions"] as? [String: [String]])?["parse"] == [])
        #expect(sent.headers["user-agent"]?.hasPrefix("DiscordBot (") == true)
    }

    @Test func `markdown and mentions are shown as they are`() async throws {
        _ = try await deliver(.sample("@everyone *b* _i_ ~s~ |x| `c` > <@42> [a](b)"))
        let content = try #require(double.contents.first)
        #expect(content.hasPrefix(#"**\[production\] CRITICAL watchdog\: series\-stale BTCUSD\-1m**"#))
        #expect(content.contains(#"\@everyone \*b\* \_i\_ \~s\~ \|x\| \`c\` \> \<\@42\> \[a\]\(b\)"#))
    }

    @Test func `only an info is quiet`() async throws {
        _ = try await deliver(.sample(severity: .info))
        _ = try await deliver(.sample(severity: .warning))
        #expect(double.state.withLockedValue { $0.flags } == [4096, 0])
    }

    @Test(arguments: ["a", "😀", "*", "@everyone ", "👨‍👩‍👧‍👦"])
    func `anything too long is shortened to 2000 units`(piece: String) async throws {
        let long = String(repeating: piece, count: 2001)
        for notice in [AlertNotice.sample(long), .sample(long, target: long, hint: long, key: long, environment: long)]
        {
            let (fault, questions) = try await deliver(notice)
            #expect(fault == nil && questions.count == 1, "it was right at once")
            let content = try #require(double.contents.last)
            #expect(content.utf16.count > 1000 && content.utf16.count <= 2000)
        }
    }

    @Test func `a refused form goes once more as one line, then it is refused`() async throws {
        let second = try await deliver(script: [DiscordDouble.tooLong])
        #expect(second.fault == nil && second.questions.count == 2)
        #expect(double.contents.first?.contains("\n") == false)
        let third = try await deliver(script: [DiscordDouble.tooLong, DiscordDouble.tooLong])
        #expect(third.fault == .refused(channel: "discord", reason: "Invalid Form Body"))
    }

    @Test func `a limit is waited out in seconds, at least one and at most 900`() async throws {
        func after(_ answer: WebDouble.Answer) async throws -> Disposition? {
            try await deliver(script: [answer]).fault?.disposition
        }
        #expect(try await after(DiscordDouble.limited(64.57)) == .retryable(after: .milliseconds(64_570)))
        #expect(try await after(DiscordDouble.limited(0.3)) == .retryable(after: .seconds(1)))
        // Milliseconds, as the first versions counted.
        #expect(try await after(DiscordDouble.limited(64_570)) == .retryable(after: .seconds(900)))
        let headers = ["X-RateLimit-Reset-After": "2.5", "Retry-After": "65"]
        #expect(try await after(DiscordDouble.limited(64_570, headers)) == .retryable(after: .milliseconds(2500)))
        let ban = WebDouble.Answer.reply(429, headers: [:], body: "<html>error code: 1015</html>")
        #expect(try await after(ban) == .retryable(after: .seconds(900)))
        #expect(
            try await after(.reply(403, headers: [:], body: "error code: 1015")) == .retryable(after: .seconds(900)))
    }

    @Test func `the webhook is given up where it is unknown, or its token is`() async throws {
        #expect(try await deliver(path: "/api/webhooks/1234567890/other-secret").fault?.code == "channel-gone")
        let unknown = try await deliver(path: "/api/webhooks/1/secret")
        #expect(unknown.fault?.code == "channel-gone" && unknown.questions.count == 1)
        #expect(unknown.fault?.hint?.contains("ADMIN_ALERT_WEBHOOK") == true)
    }

    @Test(arguments: [
        WebDouble.Answer.reply(502, headers: [:], body: "<html>"),
        .reply(404, headers: [:], body: "<html>not Discord</html>"),
        .reply(302, headers: ["Location": "/x"], body: ""),
        .json(500, #"{"message":"500: Internal Server Error","code":0}"#),
    ]) func `a server in trouble, or one that is not Discord, is tried later`(answer: WebDouble.Answer) async throws {
        #expect(try await deliver(script: [answer]).fault?.code == "channel-unavailable")
    }

    @Test func `no content is as good as a message`() async throws {
        #expect(try await deliver(script: [.reply(204, headers: [:], body: "")]).fault == nil)
    }

    @Test func `the last message of a window makes the next one wait`() async throws {
        try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url(DiscordDouble.path))
            double.state.withLockedValue {
                $0.headers = ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.5"]
            }
            try await channel.deliver(.sample())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await channel.deliver(.sample()) }
                await clock.sleepers(atLeast: 1)
                #expect(server.questions.count == 1)
                clock.advance(by: .milliseconds(1500))
                try await group.waitForAll()
            }
            #expect(server.questions.count == 2)
            double.state.withLockedValue {
                $0.headers = ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "60"]
            }
            try await channel.deliver(.sample())
            let early = try await fault { try await channel.deliver(.sample()) }
            #expect(early?.disposition == .retryable(after: .seconds(60)) && server.questions.count == 3)
            clock.advance(by: .seconds(60))
            try await channel.deliver(.sample())
        }
    }

    @Test func `silence is an unknown outcome, and nobody listening is not`() async throws {
        double.state.withLockedValue { $0.script = [.silence] }
        try await WebDouble.with(double.answer) { server in
            let channel = channel(try server.url(DiscordDouble.path), deadline: .milliseconds(300))
            #expect(try await fault { try await channel.deliver(.sample()) }?.code == "channel-unknown-outcome")
        }
        let nobody = try #require(URL(string: "http://127.0.0.1:1\(DiscordDouble.path)"))
        #expect(try await fault { try await channel(nobody).deliver(.sample()) }?.code == "channel-unavailable")
        #expect(!"\(channel(nobody)) \(channel(nobody).configuration)".contains("secret"))
    }

    @Test func `an address is Discord's by its path`() throws {
        let yes = ["https://discord.com/api/webhooks/1/t", "http://127.0.0.1:1/api/v10/webhooks/1/t"]
        let no = [
            "https://hooks.example/services/x", "https://example.org/my/api/webhooks/1/t", "https://discord.com/",
        ]
        for text in yes { #expect(WebhookKind(try #require(URL(string: text))) == .discord) }
        for text in no { #expect(WebhookKind(try #require(URL(string: text))) == .generic) }
    }
}
