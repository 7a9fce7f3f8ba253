import AsyncHTTPClient
import NIOHTTP1
import NIOHTTPCompression

extension TransportFault {
    /// What an error of the client means, without its own text, which may quote the URL.
    init(_ error: any Error, place: String, limit: Int) {
        switch error {
        case let fault as TransportFault: self = fault
        case NIOHTTPDecompression.DecompressionError.limit: self = .tooLarge(where: place, limit: limit)
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            self = .notConnected(where: place, reason: "no connection came about in time")
        default:
            if let failure = ConnectionFailure(error) {
                self = .notConnected(where: place, reason: failure.reason)
            } else {
                self = .unreachable(where: place, reason: Self.reason(for: error))
            }
        }
    }

    private static func reason(for error: any Error) -> String {
        switch error {
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            "the reply cannot be decompressed"
        case is HTTPParserError: "the connection ended inside the reply, or the reply is not HTTP"
        default: "the connection broke before the end of the reply"
        }
    }
}
