import Candles
import Foundation
import Gzip
import HTTPServer
import NIOConcurrencyHelpers
import NIOHTTP1
import Storage
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct APIRoutesTests {
    /// A target of each document that answers with as much as there is.
    static let targets: [String: [String]] = [
        "candles": [
            "?symbol=BTCUSD&timeframe=1m", "?symbol=BTCUSD&timeframe=1h&from=0", "?symbol=BTCUSD&timeframe=1M&limit=3",
            "?symbol=tBTCF0%3AUSTF0&timeframe=1D&before=2023-11-01", "?symbol=DUSK:USD&timeframe=1m",
        ],
        "coverage": ["", "?timeframe=1m&symbol=BTCUSD", "?grain=week&timeframe=1D&symbol=DUSK:USD", "?grain=month"],
        "gaps": ["", "?symbol=BTCUSD&timeframe=1m&limit=3"],
    ]

    @Test(arguments: APIResource.documents.map(\.name)) func `each document is as its schema says`(
        name: String
    ) async throws {
        let resource = try #require(APIResource.documents.first { $0.name == name })
        try await ServedAPI.with(try Samples.source()) { served in
            for query in Self.targets[name] ?? [""] {
                let reply = try await served.client.get("/api/v1/\(name)\(query)")
                #expect(reply.status == 200, "\(query): \(reply.text)")
                #expect(reply.headers["content-type"] == ["application/json"])
                #expect(try reply.member("as_of_ms") as? Int == Int(ServedAPI.now))
                #expect(try reply.member("seq") as? Int == 41)
                #expect(resource.schema.findings(in: try AnyJSON(reply.body)["data"]) == [], "\(query)")
            }
        }
    }

    @Test func `an empty database gives empty lists, and says how to begin`() async throws {
        let source = MemorySource()
        source.set(DatabaseCondition(kind: .sqlite, state: .empty, message: "nothing", hint: "begin"))
        try await ServedAPI.with(source) { served in
            for name in ["symbols", "jobs", "breakers", "alerts", "backups"] {
                #expect(try await served.client.get("/api/v1/\(name)").member("data") as? [String] == [])
            }
            #expect(try await served.client.get("/api/v1/gaps").text.contains("\"gaps\":[]"))
            #expect(try await served.client.get("/api/v1/coverage?timeframe=5m").text.contains("\"rows\":[]"))
            let summary = try await served.client.get("/api/v1/summary")
            #expect(try (summary.member("data", "database") as? [String: String])?["state"] == "empty")
            let candles = try await served.client.get("/api/v1/candles?symbol=BTCUSD&timeframe=1m")
            #expect(candles.status == 404)
            #expect(try (candles.member("hint") as? String)?.contains("ingest backfill --series BTCUSD-1m") == true)
        }
    }

    @Test func `while the database is away all say so, and the summary answers`() async throws {
        let source = try Samples.source()
        source.set(DatabaseCondition(kind: .postgres, state: .unavailable, message: "it is away", hint: "start it"))
        source.fail(with: StorageFault.busy(database: "/secret/path"))
        try await ServedAPI.with(source) { served in
            for name in ["symbols", "candles?symbol=BTCUSD&timeframe=1m", "coverage", "gaps", "jobs", "alerts"] {
                let reply = try await served.client.get("/api/v1/\(name)")
                #expect(reply.status == 503)
                #expect(reply.headers["retry-after"] == ["5"])
                #expect(reply.headers["content-type"] == ["application/problem+json"])
                #expect(try reply.member("detail") as? String == "it is away")
                #expect(try reply.member("hint") as? String == "start it")
            }
            let summary = try await served.client.get("/api/v1/summary")
            #expect(summary.status == 200)
            #expect(try (summary.member("data", "database") as? [String: String])?["state"] == "unavailable")
        }
    }

    @Test func `a read that fails is told of without what the error names`() async throws {
        let source = try Samples.source()
        source.fail(with: StorageFault.cannotOpen(path: "/secret/path", reason: "because"))
        try await ServedAPI.with(source) { served in
            for name in ["symbols", "summary", "jobs"] {
                let reply = try await served.client.get("/api/v1/\(name)")
                #expect(reply.status == (name == "summary" ? 200 : 503))
                #expect(!reply.text.contains("secret"))
                #expect(reply.text.contains("cannot be read") || reply.text.contains("unavailable"))
            }
        }
    }

    @Test(arguments: [
        ("candles?symbol=BTCUDS&timeframe=1m", "did you mean BTCUSD?"),
        ("candles?symbol=BTCUSD&timeframe=1y", "did you mean 1m?"),
        ("candles?symbol=BTCF0:USTF0&timeframe=5m", "it has 1h, 3h, 6h, 12h, 1D"),
        ("coverage?timeframe=3h", "did you mean 1h?"), ("gaps?symbol=BTC", "there are BTCF0:USTF0, BTCUSD, DUSK:USD"),
        ("symbol", "did you mean /api/v1/symbols?"), ("a/b/c", "there are summary, symbols"),
        ("", "there are summary, symbols"),
    ])
    func `what is not there is told with the nearest that is`(target: String, hint: String) async throws {
        try await ServedAPI.with(try Samples.source()) { served in
            let reply = try await served.client.get("/api/v1/\(target)")
            #expect(reply.status == 404)
            #expect(OpenAPIDocument.problem.findings(in: try AnyJSON(reply.body)) == [])
            #expect(try (reply.member("hint") as? String)?.hasPrefix(hint) == true, "\(reply.text)")
        }
    }

    @Test(arguments: [
        (
            "candles?timeframe=1m&limit=0&limt=3&limit=5",
            [
                "limit is '0'", "'limt' is no parameter", "did you mean limit?",
                "limit is given twice", "symbol is missing",
            ]
        ),
        ("candles?symbol=BTCUSD&timeframe=1m&before=1&from=2", ["before and from are given both"]),
        ("candles?symbol=BTCUSD&timeframe=1m&before=yesterday", ["use integer milliseconds since 1970, or ISO 8601"]),
        ("coverage?from=5&to=5", ["from is 5, and to is 5"]),
        ("coverage?from=0&to=2024-01-01", ["more than 1000 cells"]),
        ("coverage?grain=year", ["use day, week, month"]), ("summary?x=1", ["'x' is no parameter"]),
        ("gaps?limit=%zz", ["no percent-encoded UTF-8"]),
    ])
    func `all that is wrong with a request is told at once`(target: String, parts: [String]) async throws {
        try await ServedAPI.with(try Samples.source()) { served in
            let reply = try await served.client.get("/api/v1/\(target)")
            #expect(reply.status == 400)
            #expect(OpenAPIDocument.problem.findings(in: try AnyJSON(reply.body)) == [])
            for part in parts { #expect(reply.text.contains(part), "\(reply.text)") }
        }
    }

    @Test func `a document is sent compressed, as it is, or not at all to who has it`() async throws {
        try await ServedAPI.with(try Samples.source()) { served in
            let target = "/api/v1/candles?symbol=BTCUSD&timeframe=1m"
            let plain = try await served.client.get(target)
            let zipped = try await served.client.get(target, .GET, ["Accept-Encoding": "gzip"])
            #expect(zipped.headers["content-encoding"] == ["gzip"])
            #expect(try Gzip.inflate(zipped.body) == plain.body)
            #expect(zipped.body.count * 2 < plain.body.count)
            let tag = try #require(plain.headers.first(name: "etag"))
            #expect(tag.hasPrefix("W/\"") && zipped.headers["etag"] == [tag])
            #expect(plain.headers["vary"] == ["Accept-Encoding"] && plain.headers["cache-control"] == ["no-cache"])
            let same = try await served.client.get(target, .GET, ["If-None-Match": "\"x\", \(tag)"])
            #expect(same.status == 304 && same.body.isEmpty && same.headers["etag"] == [tag])
            let head = try await served.client.get(target, .HEAD)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"] == ["\(plain.body.count)"])
        }
    }

    @Test func `a page of the past that is proven may be kept for a minute`() async throws {
        var history = try MemoryHistory("BTCUSD-1m", wantedFrom: ServedAPI.now - 86_400_000)
        let proven = TimeRange(history.stored.wanted(at: ServedAPI.now, provenTo: nil).start, ServedAPI.now - 3_600_000)
        history.coverage.insert(proven)
        try await ServedAPI.with(MemorySource([history])) { served in
            let target = "/api/v1/candles?symbol=BTCUSD&timeframe=1m&before="
            let past = try await served.client.get(target + "\(ServedAPI.now - 7_200_000)")
            #expect(past.headers["cache-control"] == ["private, max-age=60"])
            let newer = try await served.client.get(target + "\(ServedAPI.now - 600_000)")
            #expect(newer.headers["cache-control"] == ["no-cache"])
        }
    }

    @Test func `what is in the cache is ready, in any spelling of its target`() async throws {
        let source = try Samples.source()
        try await ServedAPI.with(source) { served in
            func ready(_ target: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) -> Int? {
                served.answers.answer(
                    to: HTTPRequestHead(version: .http1_1, method: method, uri: "/api/v1/\(target)", headers: headers)
                ).map { Int($0.status.code) }
            }
            #expect(ready("candles?symbol=BTCUSD&timeframe=1m&limit=7") == nil)
            let reply = try await served.client.get("/api/v1/candles?limit=7&timeframe=1m&symbol=tBTCUSD")
            #expect(ready("candles?symbol=BTCUSD&timeframe=1m&limit=7") == 200)
            #expect(ready("candles?limit=7&symbol=%42TCUSD&timeframe=1m", .HEAD) == 200)
            #expect(ready("candles?symbol=BTCUSD&timeframe=1m&limit=7", .POST) == nil)
            let tag = try #require(reply.headers.first(name: "etag"))
            #expect(ready("candles?symbol=BTCUSD&timeframe=1m&limit=7", .GET, ["If-None-Match": tag]) == 304)
            source.change { _ in }
            #expect(ready("candles?symbol=BTCUSD&timeframe=1m&limit=7") == nil)
        }
    }

    @Test func `nothing is read twice while nothing changes, and after a change everything is`() async throws {
        let source = try Samples.source()
        let clock = NIOLockedValueBox(ServedAPI.now)
        try await ServedAPI.with(source, now: { clock.withLockedValue(\.self) }) { served in
            func expect(symbols: Int) async throws {
                let reply = try await served.client.get("/api/v1/symbols")
                #expect(try (reply.member("data") as? [Any])?.count == symbols)
            }
            try await expect(symbols: 3)
            let reads = source.reads
            try await expect(symbols: 3)
            #expect(source.reads == reads)
            source.change { $0.histories.removeLast() }
            try await expect(symbols: 2)
            let later = source.reads
            clock.withLockedValue { $0 += 1000 }
            try await expect(symbols: 2)
            #expect(source.reads > later)
        }
    }

    @Test func `the description names every document, parameter and schema`() async throws {
        try await ServedAPI.with(MemorySource()) { served in
            let reply = try await served.client.get("/api/v1/openapi.json")
            #expect(try reply.member("openapi") as? String == "3.1.0")
            let paths = try #require(try reply.member("paths") as? [String: Any])
            #expect(Set(paths.keys) == Set(APIResource.all.map(\.path)))
            let schemas = try #require(try reply.member("components", "schemas") as? [String: Any])
            let names = APIResource.all.reduce(into: Set<String>()) { $0.formUnion($1.schema.names.keys) }
            #expect(Set(schemas.keys) == names.union(["Problem"]))
            let candles = try #require((paths["/api/v1/candles"] as? [String: [String: Any]])?["get"])
            let parameters = try #require(candles["parameters"] as? [[String: Any]])
            #expect(
                parameters.compactMap { $0["name"] as? String } == ["symbol", "timeframe", "before", "from", "limit"])
            let limit = try #require(parameters.last?["schema"] as? [String: Any])
            #expect(limit as NSDictionary == ["type": "integer", "minimum": 1, "maximum": 10_000, "default": 1500])
        }
    }
}
