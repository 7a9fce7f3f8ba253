import Candles
import TestSupport
import Testing
import Transport

@Suite("Retry-After") struct RetryAfterTests {
    private func wait(_ text: String, date: String? = nil, now: UnixMilliseconds? = nil) -> Duration? {
        var headers = ["retry-after": text]
        headers["DATE"] = date
        return HTTPReply(status: 503, headers: headers).retryAfter(at: now)
    }

    @Test(
        "seconds are waited for, at most a day",
        arguments: [
            ("1", 1_000), (" 30", 30_000), ("0.5", 500), ("63", 63_000), ("86400", 86_400_000), ("86401", 86_400_000),
            ("9223372036854775807", 86_400_000), ("99999999999999999999999999", 86_400_000),
            (String(repeating: "9", count: 500), 86_400_000), ("30 ", 30_000), ("\t30\t", 30_000), ("1, 2", 2_000),
            ("90,5", 90_000), ("soon, 7", 7_000),
        ] as [(String, Int64)])
    func seconds(text: String, milliseconds: Int64) { #expect(wait(text) == .milliseconds(milliseconds)) }

    @Test(arguments: [
        "", " ", "0", "-1", "-9223372036854775808", "soon", "1e5", "0x10", "inf", "nan", "1 2", "soon, later", "+5",
        "1.2.3",
        ".",
    ])
    func `what is no wait is none`(text: String) { #expect(wait(text, now: 0) == nil) }

    @Test(
        "all three forms of a date are read, against the reply's own clock",
        arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func dates(text: String) {
        #expect(wait(text, date: "Sun, 06 Nov 1994 08:48:37 GMT", now: 0) == .seconds(60))
        #expect(wait(text, now: 784_111_777_000 - 90_000) == .seconds(90))
        #expect(wait(text, date: "Sun, 06 Nov 1994 08:49:37 GMT") == nil)
        #expect(wait(text, date: "Mon, 07 Nov 1994 08:49:37 GMT") == nil)
        #expect(wait(text, now: 0) == .seconds(86_400))
        #expect(wait(text) == nil)
        #expect(wait(text, now: .min) == .seconds(86_400))
        #expect(wait(text, now: .max) == nil)
        #expect(wait("5, \(text), 7", date: "Sun, 06 Nov 1994 08:48:37 GMT") == .seconds(60))
        #expect(wait("5, \(text), 77", date: "Sun, 06 Nov 1994 08:48:37 GMT") == .seconds(77))
    }
}
