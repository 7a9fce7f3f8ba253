import Candles
import TestSupport
import Testing

@testable import Frontend

@Suite struct APIQueryTests {
    private func query(_ text: String) throws(APIProblem) -> APIQuery {
        try APIQuery(text[...], of: "/c", taking: APIResource.candles.parameters)
    }

    @Test(arguments: [
        "symbol=BTCUSD&timeframe=1m&limit=7", "limit=7&timeframe=1m&symbol=tBTCUSD",
        "&&limit=07&symbol=%42TCUSD&timeframe=1m&",
    ])
    func `a request has one spelling, however it is written`(text: String) throws {
        #expect(try query(text).target == "/c?symbol=BTCUSD&timeframe=1m&limit=7")
    }

    @Test(arguments: [
        ("1704067200000", 1_704_067_200_000), ("2024-01-01", 1_704_067_200_000),
        ("2024-01-01T00:00:00Z", 1_704_067_200_000),
        ("2024-01-01T01:00:00%2B01:00", 1_704_067_200_000), ("2024-01-01T00:00:00.000Z", 1_704_067_200_000),
        ("2024-01-01T00:00:00.123456Z", 1_704_067_200_123), ("2024-01-01%2000:00", 1_704_067_200_000),
        ("0000-01-01T00:00:00-23:59", 0),
        ("9999-12-31T23:59:59-23:59", 253_402_300_799_999),
        ("2024-01-01T00:00:00-00:00", 1_704_067_200_000), ("1955-11-05", 0),
    ])
    func `a time is milliseconds or ISO 8601`(text: String, time: Int64) throws {
        let query = try query("symbol=DUSK%3AUSD&timeframe=1m&before=\(text)")
        #expect(query.integer("before") == time)
        #expect(query.target == "/c?symbol=DUSK:USD&timeframe=1m&before=\(time)")
    }

    @Test func `a name is as long as it has characters, as its description counts them`() throws {
        let name = String(repeating: "é", count: 32)
        #expect(try query("symbol=\(QueryText.encoded(name))&timeframe=1m").text("symbol") == name)
        #expect(throws: APIProblem.self) { try query("symbol=\(QueryText.encoded(name + "e"))&timeframe=1m") }
    }

    @Test func `every form of RFC 3339 but a leap second is read`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        for _ in 0..<3000 {
            let day = CivilDay(
                year: Int.random(in: 0...9999, using: &random), month: Int.random(in: 1...12, using: &random),
                day: Int.random(in: 1...28, using: &random))
            let clock = [23, 59, 59].map { Int.random(in: 0...$0, using: &random) }
            let digits = (0..<Int.random(in: 0...9, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
            let fraction = digits.isEmpty ? "" : "." + digits.map(String.init).joined()
            let zone = [23, 59].map { Int.random(in: 0...$0, using: &random) }
            let sign = Bool.random(using: &random) ? 1 : -1
            let isUTC = Bool.random(using: &random)
            let year = String(repeating: "0", count: 4 - "\(day.year)".count) + "\(day.year)"
            let text =
                "\(year)-\(two(day.month))-\(two(day.day))T\(clock.map(two).joined(separator: ":"))\(fraction)"
                + (isUTC ? "Z" : "\(sign > 0 ? "+" : "-")\(zone.map(two).joined(separator: ":"))")
            let seconds = day.sinceEpoch * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
            let offset = isUTC ? 0 : sign * (zone[0] * 60 + zone[1]) * 60
            let time = try #require(APITime.read(text), "seed \(seed): \(text)")
            let isRight = abs(time - Int64(seconds - offset) * 1000 - 500) <= 500
            #expect(isRight, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [
        "before=2024-01-01t00:00:00z", "before=2023-12-31T23:59:60Z", "before=2024-02-30",
        "before=2024-01-01T25:00:00Z",
        "before=2024-01-01junk", "before=-1", "before=1e3", "before=", "before=253402300800000",
        "before=99999999999999999999", "limit=+5",
        "limit=0x1",
        "limit=10001", "limit=٣", "symbol=", "timeframe=\(String(repeating: "1", count: 33))", "Limit=3",
        "limit=%F0%28",
        "limit=%2", "%zz=1", "=1", "limit",
    ])
    func `what is not in order is refused`(text: String) {
        #expect(throws: APIProblem.self) { try query("symbol=BTCUSD&timeframe=1m&" + text) }
    }

    @Test func `no text makes it fail otherwise, and what is accepted is accepted in its one spelling`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "symbol", "timeframe", "before", "from", "limit", "=", "=", "&", "&", "BTCUSD", "1m", "7", "%", "%41", "+",
            "é", "-1",
            "2024-01-01", "\u{0}",
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            let middle = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            let text = "symbol=x&timeframe=y&" + middle.joined()
            guard let first = try? query(text) else { continue }
            accepted += 1
            let again = try query(String(first.target.dropFirst(3)))
            #expect(again == first, "seed \(seed): \(text)")
        }
        #expect(accepted > 20, "seed \(seed)")
    }
}
