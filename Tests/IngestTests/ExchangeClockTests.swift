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

    @Test(arguments: ["", "yesterday", "Sat, 21 Nov 2026 04:10:00 CET", "Sat, 21 Foo 2026 04:10:00 GMT"])
    func `a date that cannot be read is no opinion`(date: String) {
        #expect(ExchangeClock.lead(of: Self.exchange, in: HTTPReply(status: 200, headers: ["Date": date])) == nil)
    }
}
