import Foundation
import TestSupport
import Testing

@testable import Transport

/// A server that is not trusted: the words say why, and what to do.
@Suite("TLS refusals", .timeLimit(.minutes(1))) struct TLSRefusalTests {
    /// What both kinds of connection say of a server with this certificate.
    private func refusals(_ own: Certificate, trusting: String?) async throws -> [TransportFault?] {
        try await WebSocketPeer.with(tls: own.serverContext()) { session in
            _ = try await session.drain()
        } _: { peer in
            let url = try #require(URL(string: "https://127.0.0.1:\(peer.port)/"))
            let http = await #expect(throws: TransportFault.self) {
                try await AsyncHTTPTransport(trustedCertificates: trusting).send(HTTPCall(url: url))
            }
            let connector = NIOWebSocketConnector(trustedCertificates: trusting)
            let socket = await #expect(throws: WebSocketFault.self) {
                try await connector.withConnection(to: try peer.url(), deadline: .seconds(20)) { _ in }
            }
            #expect(socket?.hint == http?.hint)
            #expect(
                socket?.summary.components(separatedBy: ": ").last == http?.summary.components(separatedBy: ": ").last)
            return [http]
        }
    }

    private func reason(_ own: Certificate, trusting: String?) async throws -> (String, String) {
        let fault = try await refusals(own, trusting: trusting)[0]
        #expect(fault?.code == "transport-unreachable")
        return (fault?.summary ?? "", fault?.hint ?? "")
    }

    @Test func `a certificate whose time is over or has not come says when, and to look at the clock`() async throws {
        let folder = try ScratchFolder()
        let old = try Certificate(in: folder, named: "old", until: "20200201000000Z")
        let (summary, hint) = try await reason(old, trusting: old.path)
        #expect(summary.hasSuffix("the TLS handshake failed: the server's certificate expired at 2020-02-01T00:00:00Z"))
        #expect(hint.contains("timedatectl"))
        let young = try Certificate(in: folder, named: "young", from: "21190101000000Z")
        #expect(
            try await reason(young, trusting: young.path).0
                .hasSuffix("the server's certificate is not valid before 2119-01-01T00:00:00Z"))
    }

    @Test func `certificates to trust that are none are told as such, not as a server that refuses`() async throws {
        let folder = try ScratchFolder()
        let own = try Certificate(in: folder, named: "own")
        let odd = folder.path("odd.pem")
        for text in ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", "hello\n"] {
            try Data(text.utf8).write(to: folder.url.appending(path: "odd.pem"))
            let (summary, hint) = try await reason(own, trusting: odd)
            #expect(summary.hasSuffix("the certificates to trust cannot be read"), "\(summary)")
            #expect(hint.contains("SSL_CERT_FILE"))
        }
    }

    @Test func `a certificate that nobody signed names the setting that would trust it`() async throws {
        let folder = try ScratchFolder()
        let own = try Certificate(in: folder, named: "own")
        let (summary, hint) = try await reason(own, trusting: nil)
        #expect(summary.contains("is not trusted"))
        #expect(hint.contains("SSL_CERT_FILE"))
    }

    @Test func `a folder with certificates under their hashes is trusted, and what is not in it is not`() async throws {
        let folder = try ScratchFolder()
        let own = try Certificate(in: folder, named: "own", names: "DNS:elsewhere.example")
        let trusted = folder.url.appending(path: "trusted")
        try FileManager.default.createDirectory(at: trusted, withIntermediateDirectories: false)
        #expect(try await reason(own, trusting: trusted.path).0.contains("is not trusted"))
        let hash = try await Command(
            program: URL(filePath: "/usr/bin/openssl"), arguments: ["x509", "-hash", "-noout", "-in", own.path],
            environment: [:]
        ).run().out.trimmingCharacters(in: .whitespacesAndNewlines)
        try FileManager.default.copyItem(atPath: own.path, toPath: trusted.path + "/\(hash).0")
        #expect(try await reason(own, trusting: trusted.path).0.contains("of another name"))
    }

    @Test func `a certificate of another name says so`() async throws {
        let folder = try ScratchFolder()
        let other = try Certificate(in: folder, named: "other", names: "DNS:elsewhere.example")
        let (summary, hint) = try await reason(other, trusting: other.path)
        #expect(summary.contains("of another name"))
        #expect(hint.contains("name"))
    }

    @Test func `a server without TLS says that scheme or port are wrong`() async throws {
        try await TinyServer.with(greeting: "HTTP/1.1 400 Bad Request\r\n\r\n") { _ in
        } _: { server in
            let url = try #require(URL(string: try server.url("/").absoluteString.replacing("http:", with: "https:")))
            let fault = await #expect(throws: TransportFault.self) {
                try await AsyncHTTPTransport().send(HTTPCall(url: url))
            }
            #expect(fault?.hint?.contains("scheme and port") == true, "\(fault.map { "\($0)" } ?? "")")
        }
    }

    @Test func `a certificate that was given is trusted, and a scheme may be in capitals`() async throws {
        let folder = try ScratchFolder()
        let missing = AsyncHTTPTransport(trustedCertificates: folder.path("none.pem"))
        let url = try #require(URL(string: "HTTPS://127.0.0.1:9/"))
        let fault = await #expect(throws: TransportFault.self) { try await missing.send(HTTPCall(url: url)) }
        #expect(fault?.code == "transport-unreachable")
        try await TinyServer.with {
            try await $0.reply([7])
        } _: { server in
            let address = try server.url("/").absoluteString
            for scheme in ["HTTP:", "Http:", "hTTP:"] {
                let url = try #require(URL(string: address.replacing("http:", with: scheme)))
                #expect(try await AsyncHTTPTransport().send(HTTPCall(url: url)).body == [7])
            }
        }
    }
}
