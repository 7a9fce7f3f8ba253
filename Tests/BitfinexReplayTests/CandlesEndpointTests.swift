import BitfinexReplay
import Candles
import Testing

@Suite("Candles endpoint", .timeLimit(.minutes(1))) struct CandlesEndpointTests {
    private static let start = HandWritten.start
    /// Minutes 0…29; 5, 6 and 7 had no trades.
    private static let rows = HandWritten.minutes(0..<5) + HandWritten.minutes(8..<30)
    private static func minute(_ index: Int) -> Int64 { start + Int64(index) * 60_000 }

    @Test(
        arguments: [
            ("limit=3", [29, 28, 27]),
            ("limit=3&sort=1", [0, 1, 2]),
            ("limit=3&sort=-1", [29, 28, 27]),
            ("limit=3&sort=0", [29, 28, 27]),
            ("limit=3&start=0", [29, 28, 27]),
            ("limit=3&start=4", [29, 28, 27]),
            ("limit=3&start=4&sort=1", [4, 8, 9]),
            ("limit=3&start=5&sort=1", [8, 9, 10]),
            ("limit=3&end=10", [10, 9, 8]),
            ("limit=3&end=9&sort=1", [0, 1, 2]),
            ("start=4&end=9", [9, 8, 4]),
            ("start=4&end=9&sort=1", [4, 8, 9]),
            ("start=4&end=9&sort=1&limit=2", [4, 8]),
            ("start=4&end=9&limit=2", [9, 8]),
            ("start=5&end=7&sort=1", []),
            ("start=8&end=8&sort=1", [8]),
            ("start=400&sort=1", []),
            ("end=-100", []),
            ("limit=1&sort=1&_=123&unknown", [0]),
        ] as [(String, [Int])])
    func `bounds are inclusive, and order and limit are the exchange's`(query: String, minutes: [Int]) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            let reply = try await replay.candles(Self.withTimes(query))
            #expect(reply.status == 200)
            #expect(reply.times == minutes.map(Self.minute))
        }
    }

    /// Replaces the minutes in `start` and `end` by times.
    private static func withTimes(_ query: String) -> String {
        query.split(separator: "&").map { item -> String in
            let pair = item.split(separator: "=")
            guard pair.count == 2, pair[0] == "start" || pair[0] == "end", let index = Int(pair[1]) else {
                return String(item)
            }
            return "\(pair[0])=\(minute(index))"
        }.joined(separator: "&")
    }

    @Test func `rows are printed as they were recorded`() async throws {
        let odd = [
            "[1389274080000,24,24,24,24,3e-7]", "[1389274140000,143.510528166414,24,25,23.00000001,8e-8]",
            "[1389274200000,24,24,23,24,0.0072031000000000005]",
        ]
        try await Replay.run(HandWritten(odd)) { replay async throws in
            let up = try await replay.candles("sort=1")
            #expect(up.text == "[" + odd.joined(separator: ",") + "]")
            #expect(up.headers["content-length"] == String(up.text.utf8.count))
            #expect(up.headers["content-type"] == "application/json; charset=utf-8")
            #expect(up.headers["date"]?.hasSuffix("GMT") == true)
            #expect(try await replay.candles().text == "[" + odd.reversed().joined(separator: ",") + "]")
            #expect(try await replay.candles(section: "last").text == odd[2])
        }
    }

    @Test(arguments: [
        ("limit=10001", "limit: invalid"), ("limit=0", "limit: invalid"), ("limit=-1", "limit: invalid"),
        ("limit=many", "limit: invalid"), ("start=1704067260000&end=1704067200000", "time_interval: invalid"),
        ("start=yesterday", "start: invalid"), ("end=1.5", "end: invalid"), ("sort=2", "sort: invalid"),
    ])
    func `a wrong parameter is an error array with status 500`(query: String, message: String) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            let reply = try await replay.candles(query)
            #expect(reply.status == 500)
            #expect(reply.text == #"["error",10020,"\#(message)"]"#)
        }
    }

    @Test func `a hundred rows are the standard, ten thousand the most`() async throws {
        let rows = HandWritten.minutes(0..<10_005)
        try await Replay.run(HandWritten(rows)) { replay async throws in
            #expect(try await replay.candles("sort=1").rows == Array(rows[..<100]))
            #expect(try await replay.candles("sort=1&limit=10000").rows == Array(rows[..<10_000]))
            #expect(try await replay.candles("limit=10000").rows == rows[5...].reversed())
        }
    }

    @Test(arguments: ["/v2/candles/trade%3A1m%3AtBTCUSD/hist?limit=1", "/v2/candles/trade:1m:tBTCUSD/hist?limit=1"])
    func `colons may be written either way`(path: String) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            #expect(try await replay.get(path).times == [Self.minute(29)])
        }
    }

    @Test(arguments: [
        "trade:1m:tNOSUCH", "trade:2m:tBTCUSD", "trade:1M:tBTCUSD", "trade:1m:fUSD:p30", "trade:1m:tDUSK:USD",
    ])
    func `what the exchange does not have is an empty list`(key: String) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            for section in ["hist", "last"] {
                let reply = try await replay.get("/v2/candles/\(key)/\(section)")
                #expect(reply.status == 200)
                #expect(reply.text == "[]")
            }
        }
    }

    @Test(arguments: ["/v2/nope", "/v2/candles/trade:1m:tBTCUSD/HIST", "/v1/symbols", "/", "/v2/candles"])
    func `an unknown path is Express's page`(path: String) async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            let reply = try await replay.get(path)
            #expect(reply.status == 404)
            #expect(reply.headers["content-type"] == "text/html; charset=utf-8")
            #expect(reply.text.contains("<pre>Cannot GET /api\(path)</pre>"))
        }
    }

    @Test func `a symbol without its letter is refused`() async throws {
        try await Replay.run(HandWritten(Self.rows)) { replay async throws in
            let reply = try await replay.get("/v2/candles/trade:1m:BTCUSD/hist")
            #expect(reply.status == 500)
            #expect(reply.text == #"["error",10020,"symbol: invalid"]"#)
        }
    }
}
