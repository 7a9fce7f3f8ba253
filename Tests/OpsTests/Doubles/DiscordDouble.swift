import Foundation
import NIOConcurrencyHelpers

/// A webhook of Discord, of any version: its limits, and the words of its errors.
struct DiscordDouble: Sendable {
    struct State: Sendable {
        /// Answers that come first, in this order.
        var script: [WebDouble.Answer] = []
        var contents: [String] = []
        var flags: [Int] = []
        /// Headers of the next message that is taken.
        var headers: [String: String] = [:]
    }

    static let path = "/api/webhooks/1234567890/secret-webhook-token"
    let state = NIOLockedValueBox(State())

    var contents: [String] { state.withLockedValue { $0.contents } }

    func answer(_ question: WebDouble.Question) -> WebDouble.Answer {
        let path = question.path.replacing(/^\/api\/v\d+\//, with: "/api/")
        guard question.method == "POST" else { return .json(405, #"{"message":"405: Method Not Allowed","code":0}"#) }
        if let scripted = state.withLockedValue({ $0.script.isEmpty ? nil : $0.script.removeFirst() }) {
            return scripted
        }
        guard path == Self.path else {
            return path.hasPrefix("/api/webhooks/1234567890/")
                ? .json(401, #"{"message":"Invalid Webhook Token","code":50027}"#)
                : .json(404, #"{"message":"Unknown Webhook","code":10015}"#)
        }
        let content = question.json["content"] as? String ?? ""
        let embeds = question.json["embeds"] as? [Any] ?? []
        if content.isEmpty, embeds.isEmpty {
            return .json(400, #"{"message":"Cannot send an empty message","code":50006}"#)
        }
        // Units of UTF-16, the strictest of what is said of it.
        if content.utf16.count > 2000 { return Self.tooLong }
        let headers = state.withLockedValue { state in
            state.contents.append(content)
            state.flags.append(question.json["flags"] as? Int ?? 0)
            defer { state.headers = [:] }
            return state.headers
        }
        return question.query["wait"] == "true"
            ? .json(200, #"{"id":"42","type":0,"content":"…"}"#, headers) : .reply(204, headers: headers, body: "")
    }

    static let tooLong = WebDouble.Answer.json(
        400,
        #"{"code":50035,"message":"Invalid Form Body","errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH"}]}}}"#
    )

    static func limited(_ seconds: Double, _ headers: [String: String] = [:]) -> WebDouble.Answer {
        .json(429, "{\"message\":\"You are being rate limited.\",\"retry_after\":\(seconds),\"global\":false}", headers)
    }
}
