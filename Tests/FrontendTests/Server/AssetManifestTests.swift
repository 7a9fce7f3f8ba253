import Candles
import Foundation
import Gzip
import HTTPServer
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import Frontend

@Suite struct AssetManifestTests {
    private let gzip: HTTPHeaders = ["Accept-Encoding": "gzip, deflate, br"]

    @Test func `a file is served with its type, its tag and a date`() async throws {
        try await PublicTree.with { tree in
            let manifest = try tree.manifest()
            let answer = try #require(manifest.get("/"))
            #expect(answer.status == .ok)
            #expect(answer.body == ByteBuffer(string: PublicTree.index))
            #expect(answer.headers["content-type"] == ["text/html; charset=utf-8"])
            #expect(answer.headers["content-length"] == ["\(PublicTree.index.utf8.count)"])
            #expect(answer.headers["cache-control"] == ["no-cache"])
            #expect(answer.headers["vary"] == ["Accept-Encoding"])
            #expect(answer.headers["accept-ranges"] == ["none"])
            #expect(answer.headers["last-modified"].compactMap(HTTPDate.init).count == 1)
            #expect(answer.headers["etag"].allSatisfy { $0.wholeMatch(of: /"[0-9a-f]{16}"/) != nil })
            #expect(manifest.get("/js/main.js?v=1")?.headers["content-type"] == ["text/javascript; charset=utf-8"])
            #expect(manifest.get("/app.css")?.headers["content-type"] == ["text/css; charset=utf-8"])
        }
    }

    @Test func `who takes gzip gets it, under a tag of its own`() async throws {
        try await PublicTree.with { tree in
            let manifest = try tree.manifest()
            let plain = try #require(manifest.get("/")), small = try #require(manifest.get("/", gzip))
            #expect(small.headers["content-encoding"] == ["gzip"])
            #expect(small.headers["content-length"] == ["\(small.body.readableBytes)"])
            #expect(try Gzip.inflate(Array(small.body.readableBytesView)) == Array(PublicTree.index.utf8))
            #expect(small.headers["etag"].first?.dropLast(4) == plain.headers["etag"].first?.dropLast())
            #expect(small.headers["etag"].first?.hasSuffix("-gz\"") == true)
            // Too small to become smaller.
            let css = try #require(manifest.get("/app.css", gzip))
            #expect(css.headers["content-encoding"] == [] && css.headers["vary"] == [])
        }
    }

    @Test func `who has it already hears 304, with what a cache must know`() async throws {
        try await PublicTree.with { tree in
            let manifest = try tree.manifest()
            for headers in [[:], gzip] {
                let whole = try #require(manifest.get("/", headers))
                var again = headers
                again.add(name: "If-None-Match", value: "\"other\", W/" + whole.headers["etag"].joined())
                again.add(name: "If-Modified-Since", value: "Thu, 01 Jan 1970 00:00:00 GMT")
                let same = try #require(manifest.get("/", again))
                #expect(same.status == .notModified && same.body.readableBytes == 0)
                for name in ["etag", "cache-control", "vary"] { #expect(same.headers[name] == whole.headers[name]) }
                #expect(same.headers["content-length"] == [])
            }
            let date = try #require(manifest.get("/")?.headers["last-modified"].first)
            #expect(manifest.get("/", ["If-Modified-Since": date])?.status == .notModified)
            #expect(manifest.get("/", ["If-None-Match": "\"other\"", "If-Modified-Since": date])?.status == .ok)
            // The form that it has is another than the one it would get.
            let tag = try #require(manifest.get("/")?.headers["etag"].first)
            #expect(manifest.get("/", ["If-None-Match": tag, "Accept-Encoding": "gzip"])?.status == .ok)
        }
    }

    @Test func `a changed file has another tag, and the same bytes have the same`() async throws {
        try await PublicTree.with { tree in
            let before = try tree.manifest()
            try tree.write("index.html", PublicTree.index)
            #expect(try tree.manifest().get("/")?.headers["etag"] == before.get("/")?.headers["etag"])
            try tree.write("index.html", PublicTree.index + "<p>more</p>")
            #expect(try tree.manifest().get("/")?.headers["etag"] != before.get("/")?.headers["etag"])
        }
    }

    @Test func `what is not there is an honest 404, and what others answer is left to them`() async throws {
        try await PublicTree.with { tree in
            let manifest = try tree.manifest()
            let answer = try #require(manifest.get("/none"))
            #expect(answer.status == .notFound)
            #expect(answer.headers["cache-control"] == ["no-store"])
            #expect(answer.headers["content-type"] == ["text/html; charset=utf-8"])
            #expect(answer.headers["content-length"] == ["\(answer.body.readableBytes)"])
            for path in ["/api/v1/summary", "/api/v1/candles?symbol=BTCUSD", "/health/ping", "/metrics"] {
                #expect(manifest.get(path) == nil)
            }
            for path in ["/api", "/apis", "//api/v1/summary", "/x/../api/v1/summary", "/health", "/index.html/"] {
                #expect(manifest.get(path)?.status == .notFound)
            }
        }
    }

    @Test func `links, hidden files and files of other types are not served`() async throws {
        try await PublicTree.with { tree in
            try tree.write(".env", "secret")
            try tree.write(".git/config.txt", "secret")
            try tree.write("program.sh", "secret")
            try tree.write("with space.txt", "secret")
            try tree.write("../secret.txt", "secret")
            try tree.write("../elsewhere/secret.txt", "secret")
            try tree.link("link.txt", to: "../secret.txt")
            try tree.link("passwd.txt", to: "/etc/passwd")
            try tree.link("folder", to: "../elsewhere")
            let manifest = try tree.manifest()
            for path in [
                "/.env", "/.git/config.txt", "/program.sh", "/with space.txt", "/with%20space.txt", "/link.txt",
                "/passwd.txt", "/folder/secret.txt", "/types.d.ts", "/../secret.txt",
            ] { #expect(manifest.get(path)?.status == .notFound, "\(path)") }
            #expect(
                try PageFiles(of: tree.folder).skipped.sorted() == [
                    ".env", ".git", "folder", "link.txt", "passwd.txt", "program.sh", "types.d.ts", "with space.txt",
                ])
        }
    }

    @Test func `what cannot be read stops the start, and says which file`() async throws {
        try await PublicTree.with { tree in
            try tree.write("large.txt", String(repeating: "a", count: PageFile.largest + 1))
            let large = #expect(throws: PageFault.self) { try tree.manifest() }
            #expect(large?.summary.contains("/large.txt' is larger than 4194304 bytes") == true)
            try FileManager.default.removeItem(at: tree.folder.appending(path: "large.txt"))
            try FileManager.default.removeItem(at: tree.folder.appending(path: "index.html"))
            #expect(throws: PageFault.noPage(folder: tree.folder.path)) { try tree.manifest() }
            try tree.link("index.html", to: "app.css")
            #expect(throws: PageFault.noPage(folder: tree.folder.path)) { try tree.manifest() }
            try FileManager.default.removeItem(at: tree.folder)
            let gone = #expect(throws: PageFault.self) { try tree.manifest() }
            #expect(gone?.code == "page-unreadable" && gone?.hint?.contains("build") == true)
        }
    }

    @Test func `licences are told, with the text where this host has it`() async throws {
        try await PublicTree.with { tree in
            let short = String(buffer: try #require(tree.manifest().get("/licenses")).body)
            #expect(
                short.contains("Copyright © 2025 TradingView, Inc.")
                    && short.contains("apache.org/licenses/LICENSE-2.0"))
            #expect(!short.contains("<pre>"))
            try tree.write("none", "Apache <License> & more")
            let long = String(buffer: try #require(tree.manifest().get("/licenses")).body)
            #expect(long.contains("<pre>Apache &lt;License> &amp; more</pre>"))
        }
    }

    @Test func `of the real page only the types are not served, and comments of its files are not sent`() throws {
        let page = try PageFiles(of: PublicFolder.besideProgram)
        #expect(page.skipped == ["types.d.ts"])
        let manifest = try AssetManifest(
            publicFolder: PublicFolder.besideProgram, webAssets: URL(filePath: "/nonexistent"),
            clock: ContinuousClock(),
            logger: Logger(label: "page") { _ in SwiftLogNoOpLogHandler() })
        let script = try #require(manifest.get("/js/main.js"))
        #expect(
            !String(buffer: script.body).split(separator: "\n").contains { $0.hasPrefix("//") || $0.hasPrefix(" ") })
        #expect(try #require(page.files["/js/main.js"]).bytes.count > script.body.readableBytes)
    }
}
