import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore

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
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            let question = try await Question(request)
            heard.withLockedValue { $0.append(question) }
            return try await answer(question).response()
        }
        var logger = Logger(label: "double")
        logger.logLevel = .critical
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.yield($0.localAddress?.port ?? 0) }, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
            return try await body(WebDouble(port: port, heard: heard))
        }
    }
}

extension WebDouble.Question {
    fileprivate init(_ request: Request) async throws {
        let buffer = try await request.body.collect(upTo: 1 << 20)
        method = request.method.rawValue
        path = request.uri.path
        let pairs = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
        query = Dictionary(pairs) { first, _ in first }
        headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
        body = Array(buffer.readableBytesView)
    }
}

extension WebDouble.Answer {
    fileprivate func response() async throws -> Response {
        switch self {
        case .silence:
            // Ends when the client goes away, or the server does.
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            for await _ in never {}
            throw CancellationError()
        case .reply(let status, let headers, let body):
            var fields = HTTPFields()
            for (name, value) in headers {
                if let name = HTTPField.Name(name) { fields[name] = value }
            }
            return Response(
                status: .init(code: status), headers: fields, body: .init(byteBuffer: ByteBuffer(string: body)))
        }
    }
}
