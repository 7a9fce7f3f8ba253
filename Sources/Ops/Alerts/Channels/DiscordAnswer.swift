import Foundation
import Resilience
import Transport

/// What Discord says to one message.
enum DiscordAnswer: Sendable, Equatable {
    case taken
    case badForm(reason: String)
    case busy(reason: String, after: Duration?)
    case gone(reason: String)

    init(_ reply: HTTPReply, secret: String) {
        let body = try? JSONDecoder().decode(Body.self, from: Data(reply.body))
        let reason = (body?.message ?? "status \(reply.status)").quoted(without: secret)
        switch reply.status {
        case 200..<300: self = .taken
        case 429: self = .busy(reason: reason, after: Self.wait(reply, body))
        case 401 where body != nil, 404 where body != nil: self = .gone(reason: reason)
        case 400 where body != nil, 413, 422: self = .badForm(reason: reason)
        case 300..<400: self = .busy(reason: "a redirect, which is not followed", after: nil)
        default:
            // No JSON: Cloudflare, as in `error code: 1015`, or another server in between.
            let isBan = String(decoding: reply.body, as: UTF8.self).contains("1015")
            self = .busy(
                reason: isBan ? "error code 1015: too many requests from here" : reason,
                after: isBan ? .seconds(900) : reply.retryAfter.map { Self.wait($0) })
        }
    }

    /// How long to wait before the next message; nil where it may go at once.
    static func pause(after reply: HTTPReply) -> Duration? {
        guard reply.header("X-RateLimit-Remaining") == "0",
            let seconds = reply.header("X-RateLimit-Reset-After").flatMap(Double.init)
        else { return nil }
        return .milliseconds(min(max(Int64(nearest: (seconds * 1000).rounded(.up)), 0), 900_000))
    }

    private static func wait(_ reply: HTTPReply, _ body: Body?) -> Duration {
        // Seconds at every version, unlike `retry_after` of the old ones.
        let reset = reply.header("X-RateLimit-Reset-After").flatMap(Double.init)
        let isBan = body == nil && String(decoding: reply.body, as: UTF8.self).contains("1015")
        return wait(reset ?? body?.retry_after ?? reply.retryAfter ?? (isBan ? 900 : 30))
    }

    private static func wait(_ seconds: Double) -> Duration { .wait(seconds, longest: 900) }

    private struct Body: Decodable {
        let message: String?
        let retry_after: Double?
    }
}
