import NIOHTTP1
import TestSupport
import Testing

@testable import HTTPServer

/// No head of a request ends the server, or is passed on where two programs could read it in two ways.
@Suite("Hostile heads", .timeLimit(.minutes(30))) struct HostileHeadTests {
    private static let hosts = [
        "localhost:8080", "[::1]:80", "127.0.0.1", "[fe80::1%25eth0]:65535", "0:0:0:0:0:0:0:1", "[::ffff:127.0.0.1]",
        "trader.example.org.:443", "1.2.3.4.5",
    ]

    @Test func `no head ends the process, and none with an unclear length is passed on`() {
        let rules = RequestRules(
            hosts: AllowedHosts(["trader.example.org", "fe80::1"]), methods: [.GET, .HEAD, .POST], bodyBytes: 1024)
        var passed = 0
        Hostile.cases { hostile in
            func drawn(_ text: String) -> String { String(decoding: hostile.mutated(text), as: UTF8.self) }
            var headers = HTTPHeaders()
            for _ in 0..<(Int.random(in: 0..<20, using: &hostile.random) == 0 ? 2 : 1) {
                let host = Self.hosts.randomElement(using: &hostile.random) ?? ""
                headers.add(name: "Host", value: Bool.random(using: &hostile.random) ? host : drawn(host))
            }
            for _ in 0..<Int.random(in: 0...2, using: &hostile.random) {
                headers.add(name: "Content-Length", value: hostile.number())
            }
            if Int.random(in: 0..<4, using: &hostile.random) == 0 {
                headers.add(name: "Transfer-Encoding", value: drawn("chunked"))
            }
            let versions = [HTTPVersion.http1_1, .http1_1, .http1_0, .http0_9, .http2]
            let head = HTTPRequestHead(
                version: versions.randomElement(using: &hostile.random) ?? .http1_1, method: .GET,
                uri: drawn("/api/v1/candles?limit=500"), headers: headers)
            var known: String?
            guard rules.refusal(of: head, own: "fe80::1", known: &known) == nil else { return }
            passed += 1
            let lengths = headers["content-length"]
            let isChunked = !headers["transfer-encoding"].isEmpty
            #expect(headers["host"].count == 1 && head.uri.hasPrefix("/"))
            #expect(isChunked ? lengths.isEmpty : lengths.count <= 1, "\(head)")
            for length in lengths { #expect((0...1024).contains(Int(length) ?? -1), "\(head)") }
        }
        print("\(passed) heads were passed on")
        #expect(passed > 200)
    }
}
