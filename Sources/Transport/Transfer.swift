import Foundation
import FoundationNetworking

/// One reply that is on its way.
struct Transfer {
    let place: String
    let limit: Int
    var body: [UInt8] = []
    var isTooLarge = false
    var continuation: CheckedContinuation<HTTPReply, any Error>?
    /// Set where the task ended before anybody waited for it, as a task does that is cancelled at once.
    var result: Result<HTTPReply, any Error>?
}

extension Transfer {
    /// Appends a part of the body; true when it is too much.
    mutating func take(_ data: Data) -> Bool {
        isTooLarge = isTooLarge || body.count + data.count > limit
        if !isTooLarge { body.append(contentsOf: data) }
        return isTooLarge
    }

    func outcome(of task: URLSessionTask, _ error: (any Error)?) -> Result<HTTPReply, any Error> {
        if isTooLarge { return .failure(TransportFault.tooLarge(where: place, limit: limit)) }
        if let error { return .failure(fault(error)) }
        guard let response = task.response as? HTTPURLResponse else {
            return .failure(TransportFault.unreachable(where: place, reason: "the reply is not HTTP"))
        }
        let headers = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { ($0, "\(value)") }
        }
        return .success(
            HTTPReply(
                status: response.statusCode, headers: Dictionary(headers) { "\($0), \($1)" }, body: body))
    }

    /// The error without URLSession's own text, which quotes the whole URL.
    private func fault(_ error: any Error) -> any Error {
        let code = (error as? URLError)?.code
        let reason =
            switch code {
            case .cancelled: ""
            case .cannotConnectToHost: "the connection is refused"
            case .cannotFindHost, .dnsLookupFailed: "the host is unknown"
            case .unsupportedURL, .badURL: "the address is not an HTTP URL"
            default: "the connection broke before the end of the reply (URLError \((error as NSError).code))"
            }
        return code == .cancelled ? CancellationError() : TransportFault.unreachable(where: place, reason: reason)
    }
}
