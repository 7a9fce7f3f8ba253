import Foundation
import Host
import NIOConcurrencyHelpers
import Resilience
import Testing
import Transport

@testable import Alerts

@Suite("Webhook", .timeLimit(.minutes(1))) struct WebhookChannelTests {
    private func deliver(_ answer: WebDouble.Answer, deadline: Duration = .seconds(15)) async throws -> (
        ChannelFault?, WebDouble.Question?
    ) {
        try await WebDouble.with({ _ in answer }) { server in
            let channel = WebhookChannel(
                Secret(try server.url("/hooks/secret-path?key=secret")), over: AsyncHTTPTransport(), deadline: deadline)
            let fault = try await fault { try await channel.deliver(.sample(suppressed: 3)) }
            let said = "\(String(describing: fault)) \(fault?.summary ?? "") \(channel)"
            #expect(!said.contains("secret"))
            return (fault, server.questions.first)
        }
    }

    @Test func `the document has all fields`() async throws {
        let (fault, question) = try await deliver(.reply(200, headers: [:], body: "ok"))
        #expect(fault == nil && question?.method == "POST" && question?.path == "/hooks/secret-path")
        let text =
            #"{"environment":"production","first_at":"2026-11-21T00:13:20Z","hint":"look at the log","host":"box.example","key":"a1b2c3","kind":"firing","last_at":"2026-11-21T00:14:46Z","message":"the last candle is 14 min old","rule":"series-stale","severity":"critical","source":"watchdog","suppressed":3,"target":"BTCUSD-1m","text":"[production] CRITICAL watchdog: series-stale BTCUSD-1m\nthe last candle is 14 min old\nTry: look at the log\nid a1b2c3 · since 2026-11-21T00:13:20Z (+3 more) · box.example","version":1}"#
        #expect(question?.text == text)
    }

    @Test(
        arguments: [
            (204, nil), (404, "channel-unavailable"), (408, "channel-unavailable"), (429, "channel-unavailable"),
            (500, "channel-unavailable"), (503, "channel-unavailable"), (401, "channel-gone"), (403, "channel-gone"),
            (410, "channel-gone"), (301, "channel-gone"), (308, "channel-gone"), (400, "channel-refused"),
            (413, "channel-refused"), (422, "channel-refused"),
        ] as [(Int, String?)]) func `each status has its meaning`(status: Int, code: String?) async throws
    {
        #expect(try await deliver(.reply(status, headers: ["Location": "/x"], body: "")).0?.code == code)
    }

    @Test func `a wait is honoured, silence is an unknown outcome`() async throws {
        let busy = try await deliver(.reply(503, headers: ["Retry-After": "120"], body: ""))
        #expect(busy.0?.disposition == .retryable(after: .seconds(120)))
        #expect(try await deliver(.silence, deadline: .milliseconds(300)).0?.code == "channel-unknown-outcome")
    }
}
