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
