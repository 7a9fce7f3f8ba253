import Foundation
import NIOConcurrencyHelpers

/// Telegram's Bot API as far as a bot that sends alerts sees it: methods, limits, HTML and the words of its errors.
struct TelegramDouble: Sendable {
    struct State: Sendable {
        /// Answers that come first, in this order, before a `sendMessage` is looked at.
        var script: [WebDouble.Answer] = []
        /// What was taken: chat and plain text after parsing.
        var messages: [(chat: String, text: String)] = []
        var chats: Set<String> = ["987654321"]
        var migrations: [String: Int64] = [:]
        var updates: [String] = []
        var conflict: String?
        /// What a chat always answers.
        var always: [String: WebDouble.Answer] = [:]
    }

    static let token = "123456:ABC-secret_token"
    let state = NIOLockedValueBox(State())

    var texts: [String] { state.withLockedValue { $0.messages.map(\.text) } }

    func answer(_ question: WebDouble.Question) -> WebDouble.Answer {
        let parts = question.path.split(separator: "/").map(String.init)
        guard parts.count == 2, parts[0].hasPrefix("bot") else { return Self.error(404, "Not Found") }
        guard parts[0] == "bot\(Self.token)" else {
            return parts[0].contains(":") ? Self.error(401, "Unauthorized") : Self.error(404, "Not Found")
        }
        switch parts[1] {
        case "getMe":
            return Self.result(#"{"id":123456,"is_bot":true,"first_name":"Alerts","username":"alerts_bot"}"#)
        case "getUpdates":
            if let conflict = state.withLockedValue({ $0.conflict }) { return Self.error(409, "Conflict: \(conflict)") }
            return Self.result("[\(state.withLockedValue { $0.updates }.joined(separator: ","))]")
        case "sendMessage": return sendMessage(Self.parameters(question))
        default: return Self.error(404, "Not Found")
        }
    }

    private func sendMessage(_ parameters: [String: Any]) -> WebDouble.Answer {
        if let scripted = state.withLockedValue({ $0.script.isEmpty ? nil : $0.script.removeFirst() }) {
            return scripted
        }
        let chat = parameters["chat_id"].map { "\($0)" } ?? ""
        if let answer = state.withLockedValue({ $0.always[chat] }) { return answer }
        if let target = state.withLockedValue({ $0.migrations[chat] }) {
            let text = "Bad Request: group chat was upgraded to a supergroup chat"
            return Self.error(400, text, parameters: "{\"migrate_to_chat_id\":\(target)}")
        }
        guard state.withLockedValue({ $0.chats.contains(chat) }) else {
            return Self.error(400, "Bad Request: chat not found")
        }
        do {
            let text = parameters["text"] as? String ?? ""
            if text.utf8.count > 32768 { return Self.error(400, "Bad Request: Text is too long") }
            let plain = parameters["parse_mode"] as? String == "HTML" ? try TelegramHTML.plain(text) : text
            if plain.allSatisfy(\.isWhitespace) { return Self.error(400, "Bad Request: message text is empty") }
            if plain.unicodeScalars.count > 4096 { return Self.error(400, "Bad Request: message is too long") }
            state.withLockedValue { $0.messages.append((chat, plain)) }
            return Self.result(
                #"{"message_id":42,"date":1795220086,"chat":{"id":\#(chat),"type":"private"},"text":"…"}"#)
        } catch {
            return Self.error(400, "Bad Request: can't parse entities: \(error.reason)")
        }
    }

    /// JSON, or a form as other clients send it.
    private static func parameters(_ question: WebDouble.Question) -> [String: Any] {
        if !question.json.isEmpty { return question.json }
        var parts = URLComponents()
        parts.percentEncodedQuery = question.text.replacing("+", with: "%20")
        let pairs = (parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        return Dictionary(pairs) { first, _ in first }
    }

    static func result(_ json: String) -> WebDouble.Answer { .json(200, "{\"ok\":true,\"result\":\(json)}") }

    static func error(
        _ status: Int, _ description: String, parameters: String? = nil, headers: [String: String] = [:]
    ) -> WebDouble.Answer {
        let more = parameters.map { ",\"parameters\":\($0)" } ?? ""
        return .json(
            status, "{\"ok\":false,\"error_code\":\(status),\"description\":\"\(description)\"\(more)}", headers)
    }

    static func flood(_ seconds: Int) -> WebDouble.Answer {
        error(
            429, "Too Many Requests: retry after \(seconds)", parameters: "{\"retry_after\":\(seconds)}",
            headers: ["Retry-After": "\(seconds)"])
    }
}

/// Telegram's HTML: the tags that it knows, and what it says of others.
enum TelegramHTML {
    struct Malformed: Error { let reason: String }

    private static let tags: Set<String> = [
        "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "span", "tg-spoiler",
        "blockquote",
    ]

    /// The text that a person sees.
    static func plain(_ html: String) throws(Malformed) -> String {
        var plain = ""
        var open: [String] = []
        var rest = html[...]
        while let mark = rest.firstIndex(of: "<") {
            plain += rest[..<mark]
            guard let end = rest[mark...].firstIndex(of: ">") else { throw Malformed(reason: "Unclosed start tag") }
            let tag = rest[rest.index(after: mark)..<end]
            if tag.hasPrefix("/") {
                guard open.popLast() == String(tag.dropFirst()) else { throw Malformed(reason: "Unmatched end tag") }
            } else {
                let name = String(tag.prefix { $0 != " " })
                guard tags.contains(name) else { throw Malformed(reason: "Unsupported start tag \\\"\(name)\\\"") }
                open.append(name)
            }
            rest = rest[rest.index(after: end)...]
        }
        if let tag = open.last {
            throw Malformed(reason: "Can't find end tag corresponding to start tag \\\"\(tag)\\\"")
        }
        return (plain + rest).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&amp;", with: "&")
    }
}
