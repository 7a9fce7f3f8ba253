import Foundation
import Transport

/// What Telegram says to one call.
enum TelegramAnswer: Sendable, Equatable {
    /// The result as JSON.
    case taken([UInt8])
    /// The group became a supergroup with this number.
    case migrated(to: Int64)
    case cannotParse
    case tooLong
    case busy(reason: String, after: Duration?)
    case gone(reason: String, remedy: String)
    /// A person or another program is in the way of `getUpdates`.
    case conflict(reason: String)
    case refused(reason: String)

    /// `secret` is never repeated, even where the other side does.
    init(_ reply: HTTPReply, secret: String) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(reply.body)) else {
            // Not from Telegram: a proxy, a captive portal, or a server in trouble.
            self = .busy(
                reason: "status \(reply.status), and no answer of Telegram's", after: reply.retryAfter.map(Self.wait))
            return
        }
        if reply.status == 200, body.ok {
            self = .taken(reply.body)
            return
        }
        let status = body.error_code ?? reply.status
        let reason = (body.description ?? "status \(status)").quoted(without: secret)
        switch status {
        case 429:
            let seconds = body.parameters?.retry_after ?? reply.retryAfter ?? 30
            self = .busy(reason: reason, after: Self.wait(seconds))
        case 401, 404:
            self = .gone(
                reason: reason,
                remedy: "get a token from @BotFather and run 'ops alert setup', or correct TELEGRAM_BOT_TOKEN")
        case 403:
            self = .gone(
                reason: reason, remedy: "unblock the bot, or add it to the group again, and run 'ops alert test'")
        case 409: self = .conflict(reason: reason)
        case 400: self = Self.badRequest(reason, body)
        default: self = .busy(reason: reason, after: reply.retryAfter.map(Self.wait))
        }
    }

    private static func badRequest(_ reason: String, _ body: Body) -> TelegramAnswer {
        if let chat = body.parameters?.migrate_to_chat_id { return .migrated(to: chat) }
        let words = reason.lowercased()
        if words.contains("can't parse entities") { return .cannotParse }
        if ["message is too long", "text is too long", "message_too_long", "entities_too_long"].contains(
            where: words.contains)
        {
            return .tooLong
        }
        let lost = ["chat not found", "not enough rights", "have no rights", "peer_id_invalid", "topic_closed"]
        if lost.contains(where: words.contains) {
            return .gone(
                reason: reason,
                remedy: "write /start to the bot, or let it write to the group, and run 'ops alert setup'")
        }
        return .refused(reason: reason)
    }

    private static func wait(_ seconds: Double) -> Duration { .wait(seconds, longest: 3600) }

    private struct Body: Decodable {
        struct Parameters: Decodable {
            let retry_after: Double?
            let migrate_to_chat_id: Int64?
        }
        let ok: Bool
        let error_code: Int?
        let description: String?
        let parameters: Parameters?
    }
}

extension TelegramAnswer {
    /// The fault that it is, unless it is `taken`.
    var fault: ChannelFault? {
        let channel = TelegramAPI.channel
        return switch self {
        case .taken: nil
        case .migrated: .unavailable(channel: channel, reason: "the chat moved more than once", after: nil)
        case .cannotParse: .refused(channel: channel, reason: "it cannot parse the plainest form")
        case .tooLong: .refused(channel: channel, reason: "the shortest form is too long")
        case .busy(let reason, let after): .unavailable(channel: channel, reason: reason, after: after)
        case .gone(let reason, let remedy): .gone(channel: channel, reason: reason, remedy: remedy)
        case .conflict(let reason): .unavailable(channel: channel, reason: reason, after: nil)
        case .refused(let reason): .refused(channel: channel, reason: reason)
        }
    }
}
