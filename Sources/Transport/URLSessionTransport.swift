import Foundation
import FoundationNetworking

/// Sends requests through URLSession, which is libcurl on Linux.
///
/// Nothing is kept between requests but open connections: no cache, no cookies, no credentials.
///
/// - Important: A connection that the server closes in order inside the head of a reply ends this process: libcurl
///   reports success, and Foundation stops at "Transfer completed, but there's no response" (`NativeProtocol.swift`).
///   A reset there is an error as usual, and so is any end inside the body.
package final class URLSessionTransport: HTTPTransport {
    private let transfers = TransferDelegate()
    private let session: URLSession
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - connectionsPerHost: More requests than this wait, within their deadline.
    ///   - clock: Measures the deadlines.
    package init(connectionsPerHost: Int = 4, clock: any Clock<Duration> = ContinuousClock()) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connectionsPerHost
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCredentialStorage = nil
        session = URLSession(configuration: configuration, delegate: transfers, delegateQueue: nil)
        self.clock = clock
    }

    /// A session keeps its delegate alive until it is told to end.
    deinit { session.finishTasksAndInvalidate() }

    package func send(_ call: HTTPCall) async throws -> HTTPReply {
        try await within(
            call.deadline, of: clock,
            orThrow: TransportFault.timedOut(where: call.place, after: call.deadline)
        ) { try await self.transfer(call) }
    }

    private func transfer(_ call: HTTPCall) async throws -> HTTPReply {
        let task = session.dataTask(with: request(call))
        transfers.expect(task, call)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfers.finish(task, into: continuation)
                task.resume()
            }
        } onCancel: {
            // The caller is answered at once: under load URLSession was seen to end a cancelled task only with its server.
            transfers.abandon(task)
            task.cancel()
        }
    }

    private func request(_ call: HTTPCall) -> URLRequest {
        var request = URLRequest(url: call.url)
        request.httpMethod = call.method
        request.httpBody = call.body.map { Data($0) }
        // URLSession's own limit measures silence, not the whole; it must not come first.
        request.timeoutInterval = call.deadline / .seconds(1) + 60
        for (name, value) in call.headers { request.setValue(value, forHTTPHeaderField: name) }
        return request
    }
}
