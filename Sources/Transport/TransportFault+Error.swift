import AsyncHTTPClient
import FoundationEssentials
import NIOHTTP1
import NIOHTTPCompression

extension TransportFault {
    /// What an error of the client means, without its own text, which may quote the URL.
    init(_ error: any Error, of call: HTTPCall, limit: Int) async {
        let place = call.place
        switch error {
        case let fault as TransportFault: self = fault
        case NIOHTTPDecompression.DecompressionError.limit: self = .tooLarge(where: place, limit: limit)
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            self = .notConnected(where: place, reason: "no connection came about in time")
        default:
            let port = call.url.port ?? (call.url.scheme?.lowercased() == "https" ? 443 : 80)
            if let failure = await ConnectionFailure(error, to: call.url.host() ?? "", port: port) {
                self = .notConnected(where: place, reason: failure.reason, remedy: failure.remedy)
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
