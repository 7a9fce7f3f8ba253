package import Foundation
package import Host
package import Logging
import NIOConcurrencyHelpers
package import Transport

/// Sends notices as a bot of Telegram.
///
/// A notice that Telegram does not take as HTML goes as plain text, one that is too long as one line: none is lost for its form.
package struct TelegramChannel: AlertChannel {
    package let name = TelegramAPI.channel
    package let configuration: String
    package let threshold: Severity
    private let api: TelegramAPI
    private let chat: String
    private let memory: ChannelMemory
    private let logger: Logger
    private let moved = NIOLockedValueBox<String?>(nil)

    /// `chat` is a number, or `@channel`; `memory` keeps the number of the supergroup that it became.
    package init(
        token: Secret<String>, chat: String, base: URL, threshold: Severity = .info, memory: ChannelMemory = .none,
        over transport: any HTTPTransport, deadline: Duration = .seconds(15), logger: Logger
    ) {
        api = TelegramAPI(token: token, base: base, over: transport, deadline: deadline)
        configuration = ChannelDigest.of(TelegramAPI.channel, token.value, chat, base.absoluteString)
        self.chat = chat
        self.threshold = threshold
        self.memory = memory
        self.logger = logger
    }

    package func deliver(_ notice: AlertNotice) async throws {
        let message = TelegramMessage(notice)
        let isQuiet = notice.alert.severity == .info
        var chat = await currentChat()
        var form = TelegramMessage.Form.html
        var hasMoved = false
        while true {
            let answer = try await api.call(
                "sendMessage", SendMessage(chat: chat, text: message.body(form), form: form, isQuiet: isQuiet))
            switch answer {
            case .taken: return
            case .cannotParse where form == .html: form = .plain
            case .refused where form == .html: form = .plain
            case .tooLong where form != .line: form = .line
            case .refused where form == .plain: form = .line
            case .migrated(let target) where !hasMoved:
                hasMoved = true
                chat = String(target)
                await move(to: chat)
            default: if let fault = answer.fault { throw fault }
            }
        }
    }

    private func currentChat() async -> String {
        if let known = moved.withLockedValue({ $0 }) { return known }
        // Without its memory Telegram names the new chat again.
        guard let text = try? await memory.load(configuration), let move = ChatMove(text), move.from == chat else {
            return chat
        }
        moved.withLockedValue { $0 = move.to }
        return move.to
    }

    private func move(to target: String) async {
        moved.withLockedValue { $0 = target }
        logger.warning(
            "the Telegram group became a supergroup; write its number into the settings",
            metadata: ["from": "\(chat)", "to": "\(target)"])
        do {
            try await memory.save(configuration, ChatMove(from: chat, to: target).text)
        } catch {
            logger.warning("the new number of the Telegram chat was not kept", metadata: ["fault": "\(error)"])
        }
    }
}

/// What is remembered of a chat that moved: `CHAT -> CHAT`.
struct ChatMove: Equatable {
    let from: String
    let to: String

    init(from: String, to: String) {
        self.from = from
        self.to = to
    }

    init?(_ text: String) {
        let parts = text.split(separator: " -> ").map(String.init)
        guard parts.count == 2 else { return nil }
        self.init(from: parts[0], to: parts[1])
    }

    var text: String { "\(from) -> \(to)" }
}

/// The parameters of `sendMessage`.
struct SendMessage: Encodable {
    struct LinkPreview: Encodable { let is_disabled = true }

    let chat_id: ChatID
    let text: String
    let parse_mode: String?
    let disable_notification: Bool
    let link_preview_options = LinkPreview()

    init(chat: String, text: String, form: TelegramMessage.Form, isQuiet: Bool) {
        chat_id = ChatID(text: chat)
        self.text = text
        parse_mode = form == .html ? "HTML" : nil
        disable_notification = isQuiet
    }

    /// A number where it is one, else a name.
    struct ChatID: Encodable {
        let text: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let number = Int64(text) { try container.encode(number) } else { try container.encode(text) }
        }
    }
}

/// One message in the forms that are tried one after another.
struct TelegramMessage: Sendable {
    enum Form: CaseIterable { case html, plain, line }

    /// Unicode scalars after Telegram has parsed the text; neither bytes, UTF-16 nor characters.
    static let limit = 4096

    private let text: NoticeText

    init(_ notice: AlertNotice) {
        // 16 is more than the line ends and "Try: " take.
        text = NoticeText(notice).shortened(to: Self.limit, frame: 16) { _ in 1 }
    }

    func body(_ form: Form) -> String {
        switch form {
        case .html: html
        case .plain: text.plain
        case .line: text.oneLine
        }
    }

    private var html: String {
        let lines = [
            "<b>\(Self.escaped(text.title))</b>", Self.escaped(text.message),
            text.hint.map { "Try: \(Self.escaped($0))" }, "<i>\(Self.escaped(text.footer))</i>",
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

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
