import AsyncHTTPClient
import Candles
import FoundationEssentials
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import Resilience
package import SystemPackage

/// Sends requests through AsyncHTTPClient, by HTTP/1.1.
///
/// Each call is one request: none is repeated, whatever becomes of its connection. Nothing is kept between requests but
/// open connections: no cache, no cookies, no credentials. Proxies that the environment names are not used.
package final class AsyncHTTPTransport: HTTPTransport {
    private let client: HTTPClient
    private let clock: any Clock<Duration>
    private let largestBody: Int

    /// - Parameters:
    ///   - connectionsPerHost: More requests than this wait, within their deadline and within `connectLimit`.
    ///   - connectLimit: How long a connection, or the wait for one, may take; shorter than the deadlines, it tells a server that
    ///     saw nothing of a request from one that may have.
    ///   - largestBody: Bounds the body limit of every call, in bytes after decompression.
    ///   - trustedCertificates: A file in PEM form with the only certificates to trust; nil: those of the system.
    ///   - clock: Measures the deadlines.
    package init(
        connectionsPerHost: Int = 4, connectLimit: Duration = .seconds(60), largestBody: Int = 64 << 20,
        trustedCertificates: String? = nil, clock: any Clock<Duration> = ContinuousClock()
    ) {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        if let trustedCertificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(trustedCertificates)
            configuration.tlsConfiguration = tls
        }
        configuration.decompression = .enabled(limit: .size(largestBody))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsPerHost
        // A connection that fails is told to the caller, who counts and spaces the attempts.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Also the longest wait for one of the connections; the deadline of a call ends it earlier.
        configuration.timeout.connect = TimeAmount(connectLimit)
        client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
        self.clock = clock
        self.largestBody = largestBody
    }

    // No call can be under way, since `send` holds the transport; the client closes its idle connections by itself.
    deinit { client.shutdown { _ in } }

    package func send(_ call: HTTPCall) async throws -> HTTPReply {
        let timedOut = TransportFault.timedOut(where: call.place, after: call.deadline)
        return try await withDeadline(call.deadline, of: clock, orThrow: timedOut) {
            try await self.translating(call) {
                let response = try await self.response(to: call, sending: call.body.map { .bytes($0) })
                return try await self.reply(response, limit: self.limit(of: call), place: call.place)
            }
        }
    }

    private func limit(of call: HTTPCall) -> Int { min(call.bodyLimit, largestBody) }

    /// Gives what goes wrong in `work` as the faults of transports.
    private func translating<T>(_ call: HTTPCall, _ work: () async throws -> T) async throws -> T {
        do {
            return try await work()
        } catch let fault as FileTransferFault {
            throw fault
        } catch {
            throw await TransportFault(error, of: call, limit: limit(of: call))
        }
    }

    private func response(to call: HTTPCall, sending body: HTTPClientRequest.Body?) async throws -> HTTPClientResponse {
        guard ["http", "https"].contains(call.url.scheme?.lowercased()), call.url.host()?.isEmpty == false,
            NetworkPort.isSound(in: call.url.absoluteString)
        else {
            throw TransportFault.notConnected(where: call.place, reason: "the address is not an HTTP URL")
        }
        // A scheme is the same in any case (RFC 3986, section 3.1), but not to the client.
        let address = call.url.absoluteString
        let scheme = address.prefix { $0 != ":" }
        var request = HTTPClientRequest(url: scheme.lowercased() + address.dropFirst(scheme.count))
        request.method = HTTPMethod(rawValue: call.method)
        request.headers.add(name: "Accept-Encoding", value: "gzip, deflate")
        for (name, value) in call.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = body
        return try await client.execute(request, deadline: .distantFuture)
    }

    private func reply(_ response: HTTPClientResponse, limit: Int, place: String) async throws -> HTTPReply {
        var body: [UInt8] = []
        let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        body.reserveCapacity(min(limit, max(0, announced)))
        for try await part in response.body {
            guard body.count + part.readableBytes <= limit else {
                throw TransportFault.tooLarge(where: place, limit: limit)
            }
            body.append(contentsOf: part.readableBytesView)
        }
        // A cancelled task sees the body end early and without an error.
        try Task.checkCancellation()
        return Self.reply(response, body: body)
    }

    private static func reply(_ response: HTTPClientResponse, body: [UInt8] = []) -> HTTPReply {
        HTTPReply(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" },
            body: body)
    }
}

extension AsyncHTTPTransport: FileTransport {
    package func upload(_ call: HTTPCall, from part: FilePart, idle: Duration) async throws -> FileUpload {
        let pieces = try FilePieces(part)
        return try await moving(call, pieces.moved, idle) {
            let response = try await self.response(to: call, sending: .stream(pieces, length: .known(part.count)))
            let reply = try await self.reply(response, limit: self.limit(of: call), place: call.place)
            if let fault = pieces.fault { throw fault }
            return FileUpload(reply: reply, sha256: pieces.sha256)
        }
    }

    package func download(
        _ call: HTTPCall, to path: FilePath, from offset: Int64, idle: Duration
    ) async throws -> FileDownload {
        var call = call
        // What is written must be what the server keeps, byte for byte.
        call.headers["Accept-Encoding"] = "identity"
        if offset > 0 { call.headers["Range"] = "bytes=\(offset)-" }
        let moved = NIOLockedValueBox<Int64>(0)
        return try await moving(call, moved, idle) { [call] in
            let response = try await self.response(to: call, sending: nil)
            let head = Self.reply(response)
            guard [200, 206].contains(head.status) else {
                let reply = try await self.reply(response, limit: 1 << 20, place: call.place)
                return FileDownload(reply: reply, content: nil)
            }
            var file = try PartialFile(path, keeping: try Self.start(of: head, offset: offset, place: call.place))
            defer { file.close() }
            for try await part in response.body {
                guard file.size + Int64(part.readableBytes) <= Int64(call.bodyLimit) else {
                    throw TransportFault.tooLarge(where: call.place, limit: call.bodyLimit)
                }
                try file.append(part)
                moved.withLockedValue { $0 += Int64(part.readableBytes) }
            }
            // A cancelled task sees the body end early and without an error.
            try Task.checkCancellation()
            return FileDownload(reply: head, content: file.content)
        }
    }

    /// Where in the file the body of a reply belongs.
    private static func start(of reply: HTTPReply, offset: Int64, place: String) throws(FileTransferFault) -> Int64 {
        if reply.status == 200 { return 0 }
        let range = reply.header("Content-Range") ?? "no Content-Range"
        guard range.hasPrefix("bytes \(offset)-") else {
            throw .wrongRange(where: place, said: String(range.prefix(60).filter { $0.isASCII && !$0.isNewline }))
        }
        return offset
    }

    /// Ends a transfer that takes longer than its deadline, or of which no byte moves for `idle`, seen after twice that at the latest.
    private func moving<T: Sendable>(
        _ call: HTTPCall, _ moved: NIOLockedValueBox<Int64>, _ idle: Duration,
        _ work: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let timedOut = TransportFault.timedOut(where: call.place, after: call.deadline)
        return try await withDeadline(call.deadline, of: clock, orThrow: timedOut) {
            try await withThrowingTaskGroup(of: T.self) { group in
                group.addTask { try await self.translating(call, work) }
                group.addTask {
                    var seen: Int64 = -1
                    while true {
                        let now = moved.withLockedValue { $0 }
                        if now == seen { throw TransportFault.timedOut(where: call.place, after: idle) }
                        seen = now
                        try await self.clock.sleep(for: idle)
                    }
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw CancellationError() }
                return result
            }
        }
    }
}
