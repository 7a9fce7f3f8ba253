import Foundation
import FoundationNetworking
import NIOConcurrencyHelpers

/// Collects the replies of a session's tasks.
///
/// The delegate of the session, not of a task: on Linux a task's own delegate is not asked about redirects.
final class TransferDelegate: NSObject, URLSessionDataDelegate {
    private let transfers = NIOLockedValueBox<[Int: Transfer]>([:])

    /// Must come before the task can end, whether by itself or by `cancel`.
    func expect(_ task: URLSessionTask, _ call: HTTPCall) {
        transfers.withLockedValue {
            $0[task.taskIdentifier] = Transfer(place: call.place, limit: call.bodyLimit)
        }
    }

    /// Resumes `continuation` with the reply or the error, now or later.
    func finish(_ task: URLSessionTask, into continuation: CheckedContinuation<HTTPReply, any Error>) {
        let result = transfers.withLockedValue { transfers in
            let result = transfers[task.taskIdentifier]?.result
            transfers[task.taskIdentifier]?.continuation = continuation
            if result != nil { transfers[task.taskIdentifier] = nil }
            return result
        }
        if let result { continuation.resume(with: result) }
    }

    /// Ends the transfer with `CancellationError`; what still comes of the task is dropped.
    func abandon(_ task: URLSessionTask) {
        let continuation = transfers.withLockedValue { transfers in
            guard let continuation = transfers[task.taskIdentifier]?.continuation else {
                transfers[task.taskIdentifier]?.result = .failure(CancellationError())
                return CheckedContinuation<HTTPReply, any Error>?.none
            }
            transfers[task.taskIdentifier] = nil
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let expected = Int(clamping: max(0, response.expectedContentLength))
        transfers.withLockedValue { transfers in
            guard let limit = transfers[dataTask.taskIdentifier]?.limit else { return }
            transfers[dataTask.taskIdentifier]?.body.reserveCapacity(min(expected, limit))
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLarge = transfers.withLockedValue { transfers in
            transfers[dataTask.taskIdentifier]?.take(data) ?? false
        }
        if isTooLarge { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (continuation, result) = transfers.withLockedValue { transfers in
            let transfer = transfers[task.taskIdentifier]
            let result = transfer?.result ?? transfer?.outcome(of: task, error)
            guard let continuation = transfers[task.taskIdentifier]?.continuation else {
                transfers[task.taskIdentifier]?.result = result
                return (CheckedContinuation<HTTPReply, any Error>?.none, result)
            }
            transfers[task.taskIdentifier] = nil
            return (continuation, result)
        }
        if let result { continuation?.resume(with: result) }
    }
}
