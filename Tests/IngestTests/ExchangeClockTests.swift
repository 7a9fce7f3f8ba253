import Ingest
import Testing
import Transport

@Suite("Exchange clock") struct ExchangeClockTests {
    /// 2026-11-21T04:10:00Z.
    private static let exchange: Int64 = 1_795_234_200_000

    @Test(
        arguments: [
            (0, nil, -1_000), (40_000, nil, 39_000), (-40_000, nil, -41_000), (40_000, "60", -21_000),
        ] as [(Int64, String?, Int64)])
    func `a host's lead is measured against the date of the reply, and its age in a cache`(
        ahead: Int64, age: String?, lead: Int64
    ) {
        var headers = ["date": "Sat, 21 Nov 2026 04:10:00 GMT"]
        headers["age"] = age
        let reply = HTTPReply(status: 200, headers: headers)
        #expect(ExchangeClock.lead(of: Self.exchange + ahead, in: reply) == .milliseconds(lead))
    }

    @Test(
        arguments: [
            (nil, nil, 0), (0, nil, 0), (-300_000, nil, -300_000), (-300_000, "300", -300_000), (nil, "300", -300_000),
            (0, "300", -300_000), (-20_000, "300", -300_000), (90_000, nil, 0), (90_000, "5", -5_000), (0, "", 0),
            (0, "-7", 0), (0, "soon", 0), (0, "9999999999999999", -3_155_760_000_000),
            (0, "99999999999999999999999", -3_155_760_000_000), (0, "300, 0", -300_000), (0, "0,300", -300_000),
            (0, "5, soon", -5_000), (0, " 300\t", -300_000), (0, "+300", -300_000), (0, "299.5", -300_000),
            (0, "3e2", 0), (0, "0x12C", 0),
        ] as [(Int64?, String?, Int64)])
    func `a reply was made by its date and its age, and never after it was asked for`(
        date: Int64?, age: String?, made: Int64
    ) {
        var headers: [String: String] = [:]
        if let date { headers["date"] = Self.date(Self.exchange + date) }
        headers["age"] = age
        let reply = HTTPReply(status: 200, headers: headers)
        #expect(ExchangeClock.made(reply, askedAt: Self.exchange) == Self.exchange + made)
    }

    @Test(arguments: [
        "Sat, 21 Nov 2026 04:05:00 GMT, Sat, 21 Nov 2026 04:10:00 GMT",
        "Sat, 21 Nov 2026 04:10:00 GMT, Saturday, 21-Nov-26 04:05:00 GMT",
        "Sat Nov 21 04:05:00 2026, Sat, 21 Nov 2026 04:10:00 GMT", "soon, Sat, 21 Nov 2026 04:05:00 GMT ",
    ])
    func `of several dates the oldest says when a reply was made, and the newest what time it is`(dates: String) {
        let reply = HTTPReply(status: 200, headers: ["Date": dates])
        #expect(ExchangeClock.made(reply, askedAt: Self.exchange) == Self.exchange - 300_000)
        let newest = dates.contains("04:10") ? Self.exchange : Self.exchange - 300_000
        #expect(ExchangeClock.lead(of: newest, in: reply) == .seconds(-1))
        #expect(ExchangeClock.lag(of: newest, in: reply) == .zero)
    }

    /// A time of the hour of `exchange`, as a header has it.
    private static func date(_ time: Int64) -> String {
        let seconds = (time - exchange) / 1000 + 600
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "Sat, 21 Nov 2026 04:\(two(seconds / 60)):\(two(seconds % 60)) GMT"
    }

    @Test(arguments: ["", "yesterday", "Sat, 21 Nov 2026 04:10:00 CET", "Sat, 21 Foo 2026 04:10:00 GMT"])
    func `a date that cannot be read is no opinion`(date: String) {
        #expect(ExchangeClock.lead(of: Self.exchange, in: HTTPReply(status: 200, headers: ["Date": date])) == nil)
    }
}
