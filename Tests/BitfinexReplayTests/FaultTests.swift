import BitfinexReplay
import Candles
import Foundation
import FoundationNetworking
import Testing

@Suite("Scripted faults", .timeLimit(.minutes(1))) struct FaultTests {
    private static let rows = HandWritten.minutes(0..<6)
    private static let ascending = "sort=1&start=\(HandWritten.start)"

    private static func reply(to query: String = ascending, _ fault: String) async throws -> Replay.Reply {
        try await Replay.run(HandWritten(rows)) { replay async throws in
            #expect(try await replay.post("/__fault", fault).text == #"{"scripted":1}"#)
            return try await replay.candles(query)
        }
    }

    @Test(arguments: [
        ("rate_limited", 429, #"["error",11010,"ratelimit: error"]"#),
        ("rate_limited_dict", 429, #"{"error":"ERR_RATE_LIMIT"}"#),
        ("parameter", 500, #"["error",10020,"symbol: invalid"]"#), ("generic", 500, #"["error",10001,"#),
        ("unknown", 500, #"["error",10000,"#), ("maintenance", 500, #"["error",20060,"maintenance"]"#),
        ("not_ready", 500, #"["error",11000,"ready: invalid"]"#),
        ("temporarily_unavailable", 503, #"{"code":503,"error":"temporarily_unavailable""#),
        ("bad_path", 404, "<!DOCTYPE html>"), ("cloudflare_html", 502, "<!DOCTYPE html>"),
        ("forbidden_html", 403, "<!DOCTYPE html>"), ("empty", 200, "[]"),
    ])
    func `the exchange's own errors are sent as they are`(name: String, status: Int, start: String) async throws {
        let reply = try await Self.reply("{\"fault\":\"\(name)\"}")
        #expect(reply.status == status)
        #expect(reply.text.hasPrefix(start))
        #expect(
            reply.headers["content-type"]?.hasPrefix(start.hasPrefix("<") ? "text/html" : "application/json") == true)
    }

    @Test func `a refusal may say when to come back`() async throws {
        let reply = try await Self.reply(#"{"fault":"rate_limited","retry_after":63}"#)
        #expect(reply.headers["retry-after"] == "63")
    }

    @Test func `any status and body can be sent`() async throws {
        let reply = try await Self.reply(#"{"fault":"reply","status":520,"body":"{\"error\":1}"}"#)
        #expect(reply.status == 520)
        #expect(reply.text == #"{"error":1}"#)
    }

    @Test func `garbage is 200 and no JSON, an empty body has no byte`() async throws {
        let garbage = try await Self.reply(#"{"fault":"garbage"}"#)
        #expect(garbage.status == 200)
        #expect(throws: (any Error).self) { try JSONSerialization.jsonObject(with: Data(garbage.text.utf8)) }
        let empty = try await Self.reply(#"{"fault":"empty_body"}"#)
        #expect(empty.status == 200)
        #expect(empty.text.isEmpty)
    }

    @Test(
        arguments: [
            (#"{"fault":"duplicates"}"#, "sort=1", [0, 1, 2, 3, 3, 4, 5]),
            (#"{"fault":"unsorted"}"#, "sort=1", [5, 1, 2, 3, 4, 0]),
            (#"{"fault":"drop_witness"}"#, ascending, [1, 2, 3, 4, 5]),
            (#"{"fault":"drop_witness"}"#, "sort=1", [0, 1, 2, 3, 4, 5]),
            (#"{"fault":"drop_witness"}"#, "limit=3", [5, 4]),
            (#"{"fault":"drop_last","rows":2}"#, "sort=1", [0, 1, 2, 3]),
            (#"{"fault":"drop_last","rows":2}"#, "", [5, 4, 3, 2]),
            (#"{"fault":"drop_last","rows":100}"#, "", []),
            (#"{"fault":"drop_newest","rows":2}"#, "sort=1", [0, 1, 2, 3]),
            (#"{"fault":"drop_newest","rows":2}"#, "", [3, 2, 1, 0]),
            (#"{"fault":"page_limit","limit":4}"#, "sort=1&limit=10000", [0, 1, 2, 3]),
            (#"{"fault":"page_limit","limit":4}"#, "limit=2", [5, 4]),
        ] as [(String, String, [Int])])
    func `rows are repeated, swapped or missing`(fault: String, query: String, minutes: [Int]) async throws {
        let reply = try await Self.reply(to: query, fault)
        #expect(reply.status == 200)
        #expect(reply.rows == minutes.map { Self.rows[$0] })
    }

    @Test func `rows outside the asked range lie on both sides, in order`() async throws {
        let query = "start=\(HandWritten.start + 60_000)&end=\(HandWritten.start + 120_000)"
        let times = [0, 1, 2, 3].map { HandWritten.start + Int64($0) * 60_000 }
        #expect(try await Self.reply(to: query + "&sort=1", #"{"fault":"out_of_range"}"#).times == times)
        #expect(try await Self.reply(to: query, #"{"fault":"out_of_range"}"#).times == times.reversed())
    }

    @Test func `bounds beyond all time do no harm`() async throws {
        let query = "start=\(Int64.min)&end=\(Int64.max)&sort=1"
        #expect(try await Self.reply(to: query, #"{"fault":"out_of_range"}"#).rows.count == 8)
        #expect(try await Self.reply(to: query, #"{"fault":"duplicates"}"#).rows.count == 7)
    }

    @Test func `rows get fields, lose one, or are null`() async throws {
        let extra = try await Self.reply(#"{"fault":"extra_fields"}"#)
        #expect(extra.rows == Self.rows.map { $0.dropLast() + #",0,null,"new"]"# })
        let five = try await Self.reply(#"{"fault":"five_fields"}"#)
        #expect(five.rows.map { $0.split(separator: ",").count } == [6, 6, 6, 5, 6, 6])
        let null = try await Self.reply(#"{"fault":"null_field"}"#)
        #expect(null.rows[3].hasSuffix(",null]"))
        let row = try await Self.reply(#"{"fault":"null_row"}"#)
        #expect(row.text.contains("],null,["))
    }

    @Test(arguments: ["reset", "truncated"]) func `the connection breaks`(name: String) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            _ = try await replay.post("/__fault", "{\"fault\":\"\(name)\",\"times\":1}")
            await #expect(throws: URLError.self) { try await replay.candles() }
            #expect(try await replay.candles().rows.count == 6)
        }
    }

    @Test func `a reset is a reset, and a truncated reply says more than it sends`() async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            replay.server.script(ScriptedFault(.delivery(.reset), times: 1))
            #expect(try await RawConnection.get("/v2/platform/status", port: replay.port) == .reset)
            replay.server.script(ScriptedFault(.delivery(.truncated), times: 1))
            guard
                case .ended(let text) = try await RawConnection.get(
                    "/v2/candles/trade:1m:tBTCUSD/hist", port: replay.port)
            else { return #expect(Bool(false), "a truncated reply ends in order") }
            let parts = text.components(separatedBy: "\r\n\r\n")
            let length = text.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
            #expect(parts.count == 2)
            #expect(parts[1].hasPrefix("[[1704067500000"))
            #expect(parts[1].utf8.count < length)
        }
    }

    @Test func `a hang sends nothing, and others are served`() async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            replay.server.script(ScriptedFault(.delivery(.hang), path: "/candles/", times: 1))
            let error = await #expect(throws: URLError.self) { try await replay.candles(timeout: 1) }
            #expect(error?.code == .timedOut)
            let seen = try await replay.statistics()
            #expect(seen.log.map(\.status) == [0])
            #expect(seen.rows == 0)
            #expect(try await replay.candles().rows.count == 6)
        }
    }

    @Test func `a slow drip is whole in the end`() async throws {
        let (sleeps, continuation) = AsyncStream.makeStream(of: Duration.self)
        let reply = try await Replay.run(HandWritten(Self.rows), sleep: { continuation.yield($0) }) {
            replay async throws in
            _ = try await replay.post("/__fault", #"{"fault":"slow_drip","bytes":50,"delay_ms":7}"#)
            return try await replay.candles("sort=1")
        }
        continuation.finish()
        let pauses = await sleeps.reduce(into: []) { $0.append($1) }
        #expect(reply.rows == Self.rows)
        #expect(pauses == Array(repeating: .milliseconds(7), count: (reply.text.utf8.count + 49) / 50))
    }

    @Test func `maintenance shows in the platform's status`() async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            #expect(try await replay.get("/v2/platform/status").text == "[1]")
            replay.server.script(ScriptedFault(.error(.maintenance)))
            #expect(try await replay.get("/v2/platform/status").text == "[0]")
            #expect(try await replay.candles().status == 500)
        }
    }
}
