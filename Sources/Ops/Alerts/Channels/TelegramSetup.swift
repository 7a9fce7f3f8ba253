package import Foundation
package import Host
package import Transport

/// Finds out what alerts by Telegram need: whether a token is good, and which chats know the bot.
package struct TelegramSetup: Sendable {
    /// A chat in which the bot was spoken to.
    package struct Chat: Sendable, Equatable {
        package let id: String
        /// A person's or a group's name, as Telegram has it.
        package let name: String
    }

    private let api: TelegramAPI

    package init(_ api: TelegramAPI) { self.api = api }

    /// The bot's name without `@`; nothing is sent to anybody.
    ///
    /// - Throws: `ChannelFault`, or `CancellationError`.
    package func botName() async throws -> String {
        let user: User = try await result(of: "getMe", NoParameters())
        return user.username ?? user.first_name ?? String(user.id)
    }

    /// Every chat that has written to the bot in the last 24 hours, each once, newest last.
    ///
    /// - Throws: `ChannelFault`, or `CancellationError`.
    package func chats() async throws -> [Chat] {
        let updates: [Update] = try await result(of: "getUpdates", GetUpdates())
        var chats: [Chat] = []
        for chat in updates.compactMap(\.place) {
            chats.removeAll { $0.id == String(chat.id) }
            chats.append(Chat(id: String(chat.id), name: chat.title ?? chat.username ?? chat.first_name ?? "?"))
        }
        return chats
    }

    private func result<T: Decodable>(of method: String, _ parameters: some Encodable) async throws -> T {
        let answer = try await api.call(method, parameters)
        if case .conflict(let reason) = answer {
            throw ChannelFault.gone(channel: TelegramAPI.channel, reason: reason, remedy: Self.remedy(for: reason))
        }
        guard case .taken(let body) = answer else {
            throw answer.fault ?? .refused(channel: TelegramAPI.channel, reason: "no answer")
        }
        guard let reply = try? JSONDecoder().decode(Reply<T>.self, from: Data(body)) else {
            let reason = "\(method) was answered with something else"
            throw ChannelFault.unavailable(channel: TelegramAPI.channel, reason: reason, after: nil)
        }
        return reply.result
    }

    private static func remedy(for reason: String) -> String {
        reason.contains("webhook")
            ? "the bot serves a webhook: make a bot of its own with @BotFather, or give the chat with --chat-id"
            : "another program reads this bot's messages: stop it, or give the chat with --chat-id"
    }

    private struct NoParameters: Encodable {}
    private struct GetUpdates: Encodable {
        let timeout = 0
        let limit = 100
        let allowed_updates = ["message", "channel_post", "my_chat_member"]
    }
    private struct Reply<T: Decodable>: Decodable { let result: T }
    private struct User: Decodable {
        let id: Int64
        let first_name: String?
        let username: String?
    }
    private struct Place: Decodable {
        let id: Int64
        let title: String?
        let username: String?
        let first_name: String?
    }
    private struct Update: Decodable {
        struct Event: Decodable { let chat: Place }
        let message: Event?
        let channel_post: Event?
        let my_chat_member: Event?

        var place: Place? { (message ?? channel_post ?? my_chat_member)?.chat }
    }
}

/// Telegram's Bot API: one call, one answer.
///
/// - Important: The token is in the address, so that no address may leave this file.
/// - Source: <https://core.telegram.org/bots/api>
package struct TelegramAPI: Sendable {
    static let channel = "telegram"
    private let token: Secret<String>
    private let base: URL
    private let transport: ChannelTransport
    private let deadline: Duration

    /// `base` is without `/bot`.
    package init(
        token: Secret<String>, base: URL, over transport: any HTTPTransport, deadline: Duration = .seconds(15)
    ) {
        self.token = token
        self.base = base
        self.transport = ChannelTransport(channel: Self.channel, transport: transport)
        self.deadline = deadline
    }

    /// Whether it looks as @BotFather gives tokens.
    static func isToken(_ text: String) -> Bool { text.wholeMatch(of: /\d+:[A-Za-z0-9_-]+/) != nil }

    /// Sends a method's JSON.
    ///
    /// - Throws: `ChannelFault.unavailable` or `.unknownOutcome` where there is no answer, or `CancellationError`.
    func call(_ method: String, _ parameters: some Encodable) async throws -> TelegramAnswer {
        let call = HTTPCall(
            url: base.appending(path: "bot\(token.value)").appending(path: method), method: "POST",
            headers: ["Content-Type": "application/json"], body: Array(try JSONEncoder().encode(parameters)),
            deadline: deadline, bodyLimit: 4 << 20)
        return TelegramAnswer(try await transport.send(call), secret: token.value)
    }
}
