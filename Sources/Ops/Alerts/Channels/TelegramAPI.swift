package import Foundation
package import Host
package import Transport

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
