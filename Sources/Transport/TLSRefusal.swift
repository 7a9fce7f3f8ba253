import Candles
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import Resilience

/// Why TLS did not come about, and what a person can do about it.
enum TLSRefusal: Equatable {
    case expired(UnixMilliseconds)
    case notYetValid(UnixMilliseconds)
    case otherName
    /// Signed by nobody whom this host trusts, itself included.
    case untrusted
    case noTLS
    /// The certificates to trust cannot be read.
    case unreadableTrust
    case unknown

    var reason: String {
        switch self {
        case .expired(let time): "the server's certificate expired at \(time.iso8601)"
        case .notYetValid(let time): "the server's certificate is not valid before \(time.iso8601)"
        case .otherName: "the server's certificate is of another name than the address has"
        case .untrusted: "the server's certificate is not trusted: nobody signed it whom this host knows"
        case .noTLS: "the server does not speak TLS at this port"
        case .unreadableTrust: "the certificates to trust cannot be read"
        case .unknown: "the two sides found no common ground"
        }
    }

    var remedy: String {
        switch self {
        case .expired, .notYetValid:
            "check this host's clock (timedatectl); where that is right, whoever runs the server must renew its certificate"
        case .otherName:
            "write the address with the name that the certificate has, or check that it is the intended server"
        case .untrusted:
            "install the package ca-certificates, or name in SSL_CERT_FILE the certificate of the authority, or of a proxy that reads along"
        case .noTLS: "check scheme and port of the address: http and ws are without TLS"
        case .unreadableTrust: "let SSL_CERT_FILE name a file with certificates in PEM form, or unset it"
        case .unknown: "check that the address is the intended server's, and that it speaks TLS 1.2 or later"
        }
    }

    /// Nil where the error is none of TLS, or came after the handshake.
    init?(_ error: any Error, host: String, port: Int) async {
        switch error {
        // An end without its proper words, after the handshake.
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.failedToLoadCertificate, NIOSSLError.noSuchFilesystemObject: self = .unreadableTrust
        // Of a context that cannot be made, and all that is put into ours are certificates; a handshake fails with other errors.
        case BoringSSLError.unknownError(let stack) where !stack.isEmpty: self = .unreadableTrust
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: self = .otherName
        case NIOSSLError.unableToValidateCertificate: self = .otherName
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            let words = "\(error)"
            if words.contains("CERTIFICATE_VERIFY_FAILED") {
                let leaf = await CertificateLook(host: host, port: port).leaf()
                self = leaf.map { Self.judge($0, at: time(nil)) } ?? .untrusted
            } else {
                let plain = ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE"]
                self = plain.contains(where: words.contains) ? .noTLS : .unknown
            }
        default: return nil
        }
    }

    private static func judge(_ leaf: NIOSSLCertificate, at now: time_t) -> TLSRefusal {
        let (from, until) = (leaf.notValidBefore, leaf.notValidAfter)
        if until < now { return .expired(UnixMilliseconds(until).times(1000)) }
        if now < from { return .notYetValid(UnixMilliseconds(from).times(1000)) }
        return .untrusted
    }
}

/// Reads a server's certificate, and ends the connection before anything is sent.
private struct CertificateLook {
    let host: String
    let port: Int

    private static let patience = TimeAmount.seconds(5)

    /// Nil where the server did not show one in time.
    func leaf() async -> NIOSSLCertificate? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        guard let context = try? NIOSSLContext(configuration: configuration) else { return nil }
        let name = (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil
        let seen = NIOLockedValueBox<NIOSSLCertificate?>(nil)
        let connecting = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context, serverHostname: name,
                        customVerificationCallback: { certificates, promise in
                            seen.withLockedValue { $0 = certificates.first }
                            promise.succeed(.failed)
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: host, port: port)
        guard let channel = try? await connecting.get() else { return nil }
        let limit = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        // However it ends, it ends: what counts is what was seen until then.
        try? await channel.closeFuture.get()
        limit.cancel()
        return seen.withLockedValue { $0 }
    }
}
