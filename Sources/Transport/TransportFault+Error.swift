import AsyncHTTPClient
import NIOHTTP1
import NIOHTTPCompression

extension TransportFault {
    /// What an error of the client means, without its own text, which may quote the URL.
    init(_ error: any Error, place: String, limit: Int) {
        switch error {
        case let fault as TransportFault: self = fault
        case NIOHTTPDecompression.DecompressionError.limit: self = .tooLarge(where: place, limit: limit)
        default: self = .unreachable(where: place, reason: Self.reason(for: error))
        }
    }

    private static func reason(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            "no connection came about in time"
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            "the reply cannot be decompressed"
        case is HTTPParserError: "the connection ended inside the reply, or the reply is not HTTP"
        default: ConnectionFailure(error)?.reason ?? "the connection broke before the end of the reply"
        }
    }
}
