import TestSupport

/// Makes requests that no browser would send, beside some that one would.
struct HostileRequests {
    var random: SeededGenerator

    /// Ways to a file that is not in the manifest.
    static let traversals = [
        "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/.%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/..%5csecret.txt", "/..\\secret.txt", "/js/../../secret.txt", "/js/..;/../secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/..%c0%afsecret.txt", "/..%u2215secret.txt", "/....//secret.txt", "//secret.txt", "//../secret.txt",
        "/./../secret.txt",
        "/..%00/secret.txt", "/index.html%00.txt", "/%00", "/.env", "/%2eenv", "/.git/config.txt", "/link.txt",
        "/folder/secret.txt",
        "/folder%2fsecret.txt", "/types.d.ts", "/index.html/", "/index.html/.", "/app.css/../.env", "//app.css",
        "/app.css%20", "/APP.CSS",
        "//evil.example/", "/\\evil.example", "/%2f%2fevil.example/..", "/js", "/js/", "/js//main.js", "/js/./main.js",
        "/js%2fmain.js",
        "/etc/passwd", "/proc/self/environ", "/../../../../../../../../etc/passwd", "/file:///etc/passwd",
        "/api/../secret.txt",
        "/api/v1/../../secret.txt", "/api/v1/%2e%2e/%2e%2e/secret.txt", "/metrics/../secret.txt", "/health/../.env",
        "/~root", "/?../secret.txt",
    ]
    private static let known = [
        "/", "/app.css", "/js/main.js", "/licenses", "/api/v1/fake", "/api/v1/none", "/none", "/?a=b",
        "/js/main.js?v=1",
    ]
    private static let strange = [
        "*", "", "http://localhost/", "http://evil.example/", "https://localhost:443/app.css", "localhost:80",
        "evil.example", "/%", "/%zz",
        "/\u{7f}", "/é", "/#", "/#/../secret.txt", "app.css", "?", "/\t", "/ /app.css",
    ]
    private static let methods = [
        "GET", "GET", "GET", "GET", "HEAD", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI",
        "get", "G E T", "",
    ]
    private static let versions = [
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/9.9",
        "http/1.1", "HTTP/1.1 ", "",
    ]
    private static let hosts = [
        "Host: localhost", "Host: localhost", "Host: localhost", "Host: localhost", "Host: 127.0.0.1:80", "Host: [::1]",
        "Host: LOCALHOST.", "",
        "Host: evil.example", "Host:", "Host: localhost\r\nHost: localhost", "Host: localhost\r\nhost: evil.example",
        "Host : localhost",
        " Host: localhost", "Host: localhost, evil.example", "Host: user@localhost", "Host: localhost/",
        "Host: \0localhost",
    ]
    private static let fields = [
        "Range: bytes=0-", "Range: bytes=-20", "Range: bytes=1000-2000", "Range: bytes=99999999999999999999-",
        "Range: bytes=5-1", "Range: lines=1-2",
        "Range: bytes=0-0,1-1,2-2", "If-Range: \"x\"\r\nRange: bytes=0-1", "If-None-Match: *",
        "If-None-Match: \"a\", W/\"b\"", "If-None-Match: \"",
        "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT", "If-Modified-Since: -1", "If-Match: \"x\"",
        "Accept-Encoding: gzip",
        "Accept-Encoding: gzip;q=0, *", "Accept-Encoding: ;;;,,,q=", "Connection: close", "Connection: keep-alive",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c", "Upgrade: websocket\r\nConnection: Upgrade", "Expect: 100-continue", "Expect: nonsense",
        "Content-Length: 0", "Content-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 5", "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding:\tchunked", "Transfer-Encoding: identity", "X-Folded: a\r\n b", "X: \0", "X\0: a", "X y: a",
        ": a", "X", "X-Forwarded-Host: evil.example",
        "X-Original-URL: /.env", "X-HTTP-Method-Override: DELETE", "Cookie: a=b", "Origin: null",
        "Proxy-Connection: keep-alive", "TE: trailers",
    ]
    private static let bodies = [
        "", "", "", "hello", "5\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", "5\nhello\n0\n\n",
        "0\r\n\r\n", "zz\r\n", "fffffffffffffffff\r\n",
    ]

    mutating func next() -> [UInt8] {
        var text = "\(pick(Self.methods)) \(target()) \(pick(Self.versions))\r\n\(pick(Self.hosts))\r\n"
        for _ in 0..<Int.random(in: 0...3, using: &random) { text += pick(Self.fields) + "\r\n" }
        if Int.random(in: 0..<200, using: &random) == 0 { text += "X-Long: \(String(repeating: "a", count: 9000))\r\n" }
        var bytes = Array((text + "\r\n" + pick(Self.bodies)).utf8)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes = bytes.filter { $0 != UInt8(ascii: "\r") }
        case 1...3: mutate(&bytes)
        default: break
        }
        return bytes
    }

    /// As a browser would ask: it must be answered with success or 304, whatever was said before on other connections.
    static let sound = Array("GET /app.css HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)

    private mutating func target() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: pick(Self.known)
        case 4...7: pick(Self.traversals)
        case 8: pick(Self.strange)
        default:
            "/"
                + String(
                    repeating: pick(["a", "../", "%2e%2e/", "/"]), count: Int.random(in: 1...4000, using: &random))
        }
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 2: bytes.remove(at: at)
            case 3: bytes.removeSubrange(at..<min(bytes.count, at + 20))
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
            }
        }
    }

    private mutating func pick(_ list: [String]) -> String { list[Int.random(in: 0..<list.count, using: &random)] }
}
