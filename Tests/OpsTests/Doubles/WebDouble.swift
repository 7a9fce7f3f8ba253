import Foundation
import NIOConcurrencyHelpers
import TestSupport

/// A web server on a port of the system's choice, whose answers a test decides; it remembers what it was asked.
struct WebDouble: Sendable {
    struct Question: Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: [UInt8]

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Answer: Sendable {
        case reply(Int, headers: [String: String], body: String)
        /// Takes the question, and never answers.
        case silence

        static func json(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> Answer {
            .reply(status, headers: headers.merging(["Content-Type": "application/json"]) { old, _ in old }, body: body)
        }
    }

    let port: Int
    private let heard: NIOLockedValueBox<[Question]>

    var questions: [Question] { heard.withLockedValue { $0 } }

    func url(_ path: String = "") throws -> URL {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        return url
    }

    /// Runs `body` beside the server.
    static func with<T: Sendable>(
        _ answer: @escaping @Sendable (Question) -> Answer, _ body: @Sendable (WebDouble) async throws -> T
    ) async throws -> T {
        let heard = NIOLockedValueBox<[Question]>([])
        return try await TinyServer.with { exchange in
            let question = try Question(exchange)
            heard.withLockedValue { $0.append(question) }
            try await answer(question).write(to: exchange)
        } _: { server in
            try await body(WebDouble(port: server.port, heard: heard))
        }
    }
}

extension WebDouble.Question {
    fileprivate init(_ exchange: TinyServer.Exchange) throws {
        let lines = exchange.request.split(separator: "\r\n")
        guard let first = lines.first, let parts = URLComponents(string: exchange.path) else { throw URLError(.badURL) }
        method = String(first.prefix { $0 != " " })
        path = parts.path
        query = Dictionary((parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
        let fields = lines.dropFirst().map { $0.split(separator: ": ", maxSplits: 1) }.filter { $0.count == 2 }
        headers = Dictionary(fields.map { ($0[0].lowercased(), String($0[1])) }) { first, _ in first }
        body = exchange.body
    }
}

extension WebDouble.Answer {
    fileprivate func write(to exchange: TinyServer.Exchange) async throws {
        switch self {
        case .silence:
            // Ends when the server does.
            let (never, next) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            next.finish()
        case .reply(let status, let headers, let body):
            let fields = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
            let length = status == 204 ? "" : "Content-Length: \(body.utf8.count)\r\n"
            try await exchange.write("HTTP/1.1 \(status) So\r\n\(fields)\(length)\r\n\(status == 204 ? "" : body)")
        }
    }
}
