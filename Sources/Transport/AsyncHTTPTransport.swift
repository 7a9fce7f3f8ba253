import AsyncHTTPClient
import Candles
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

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
        return try await within(call.deadline, of: clock, orThrow: timedOut) { try await self.transfer(call) }
    }

    private func transfer(_ call: HTTPCall) async throws -> HTTPReply {
        let limit = min(call.bodyLimit, largestBody)
        guard ["http", "https"].contains(call.url.scheme?.lowercased()), call.url.host()?.isEmpty == false,
            NetworkPort.isSound(in: call.url.absoluteString)
        else {
            throw TransportFault.notConnected(where: call.place, reason: "the address is not an HTTP URL")
        }
        do {
            let response = try await client.execute(request(call), deadline: .distantFuture)
            let body = try await body(of: response, limit: limit, place: call.place)
            return HTTPReply(
                status: Int(response.status.code),
                headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" },
                body: body)
        } catch {
            throw await TransportFault(error, of: call, limit: limit)
        }
    }

    private func request(_ call: HTTPCall) -> HTTPClientRequest {
        // A scheme is the same in any case (RFC 3986, section 3.1), but not to the client.
        let address = call.url.absoluteString
        let scheme = address.prefix { $0 != ":" }
        var request = HTTPClientRequest(url: scheme.lowercased() + address.dropFirst(scheme.count))
        request.method = HTTPMethod(rawValue: call.method)
        request.headers.add(name: "Accept-Encoding", value: "gzip, deflate")
        for (name, value) in call.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = call.body.map { .bytes($0) }
        return request
    }

    private func body(of response: HTTPClientResponse, limit: Int, place: String) async throws -> [UInt8] {
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
        return body
    }
}
