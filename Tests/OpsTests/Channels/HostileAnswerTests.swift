import Foundation
import TestSupport
import Testing
import Transport

@testable import Alerts

/// No answer of a channel ends the process.
@Suite("Hostile answers", .timeLimit(.minutes(30))) struct HostileAnswerTests {
    @Test func `no answer of a channel ends the process`() {
        let bodies = [
            #"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":5}}"#,
            #"{"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-1001}}"#,
            #"{"ok":true,"result":{"message_id":1}}"#,
            #"{"message":"You are being rate limited.","retry_after":64.57,"global":false}"#,
            #"{"message":"x","code":50035}"#, "error code: 1015", "",
        ]
        let names = ["Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset-After", "Date"]
        Hostile.cases { hostile in
            var headers = Dictionary(uniqueKeysWithValues: names.map { ($0, hostile.header()) })
            if Bool.random(using: &hostile.random) { headers["X-RateLimit-Remaining"] = "0" }
            let body = hostile.mutated(bodies.randomElement(using: &hostile.random) ?? "")
            let status =
                [200, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 503].randomElement(using: &hostile.random)
                ?? 200
            let reply = HTTPReply(status: status, headers: headers, body: body)
            let waits = [
                DiscordAnswer.pause(after: reply), Self.wait(DiscordAnswer(reply, secret: "s")),
                TelegramAnswer(reply, secret: "s").wait,
            ]
            for wait in waits.compactMap(\.self) { #expect(wait >= .zero && wait <= .seconds(3600)) }
            _ = reply.retryAfter
            _ = TelegramAnswer(reply, secret: "s").fault?.summary
        }
    }

    private static func wait(_ answer: DiscordAnswer) -> Duration? {
        if case .busy(_, let wait) = answer { wait } else { nil }
    }

    @Test func `a date is honoured as a wait, by any channel`() {
        let headers = ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:48:37 GMT"]
        let reply = HTTPReply(status: 503, headers: headers, body: Array("<html>".utf8))
        #expect(TelegramAnswer(reply, secret: "s").wait == .seconds(60))
        #expect(Self.wait(DiscordAnswer(reply, secret: "s")) == .seconds(60))
    }
}

extension TelegramAnswer {
    fileprivate var wait: Duration? { if case .busy(_, let wait) = self { wait } else { nil } }
}
