import Foundation
import Resilience
import Testing
import Transport

@testable import Ingest

@Suite("Bitfinex reply") struct BitfinexReplyTests {
    private static let statuses = [200, 400, 401, 403, 404, 418, 429, 500, 502, 503, 520]

    private func fault(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> BitfinexFault? {
        let reply = HTTPReply(status: status, headers: headers, body: Array(body.utf8))
        do {
            _ = try BitfinexReply.body(of: reply, to: "it", at: 1_000_000)
            return nil
        } catch {
            return error
        }
    }

    private static func spaced(_ body: String) -> String {
        body.replacing(",", with: " ,\t").replacing("[", with: "[ ").replacing(":", with: " : ")
    }

    @Test(arguments: statuses) func `what says that too much was asked is a ban, at any status and in any form`(
        status: Int
    ) {
        let bodies = [
            #"["error",11010,"ratelimit: error"]"#, #"["error",null,"ERR_RATE_LIMIT"]"#, #"["error","ERR_RATE_LIMIT"]"#,
            #"{"error":"ERR_RATE_LIMIT"}"#, #"{"message":"Ratelimit"}"#, #"["error",11010]"#, #"["error","11010"]"#,
            #"["error",10020,"ratelimit: error"]"#, #"["error",{"msg":"ERR_RATE_LIMIT"}]"#,
            #"["error",[1],"ratelimit"]"#,
            #"["ERROR",null,"ERR_RATE_LIMIT"]"#, #"[["error",11010,"ratelimit: error"]]"#,
            #"["error",99999999999999999999,"ERR_RATE_LIMIT"]"#, "ERR_RATE_LIMIT", "Rate limit exceeded",
            #"{"code":11010}"#, "<html><title>You are being rate limited</title></html>",
        ]
        for body in bodies {
            for form in [body, "\r\n \(body)\n", Self.spaced(body)] {
                let found = fault(status, form)
                #expect(found?.code == "bitfinex-rate-limited", "\(status) \(form): \(found.map { "\($0)" } ?? "none")")
            }
        }
    }

    @Test(arguments: [
        "", "[]", "[[1,2]]", "null", #"["error",10001,"generic"]"#, #"["error",10020,"symbol: invalid"]"#,
        #"["error",20060,"maintenance"]"#, "<html>nginx</html>", "\u{0}\u{1}", #"{"code":503}"#,
    ])
    func `status 429 is a ban whatever its body says`(body: String) {
        #expect(fault(429, body, ["Retry-After": "7"]) == .rateLimited(what: "it", retryAfter: .seconds(7)))
    }

    @Test(
        "other errors are what their body says, and then what their status says",
        arguments: [
            (500, #"["error",10020,"symbol: invalid"]"#, "bitfinex-refused"),
            (200, #" [ "error" , 10020 , "limit: invalid" ]"#, "bitfinex-refused"),
            (500, #"["error",20060,"maintenance"]"#, "bitfinex-unavailable"),
            (200, #"["error","20060","maintenance"]"#, "bitfinex-unavailable"),
            (503, #"{"code":20060}"#, "bitfinex-unavailable"), (200, #"[["error",10001]]"#, "bitfinex-unavailable"),
            (500, #"["error",10001,"x"]"#, "bitfinex-unavailable"),
            (200, #"["error"]"#, "bitfinex-unavailable"), (200, #"["error",11010,"#, "bitfinex-unavailable"),
            (200, #"["error",null,null]"#, "bitfinex-unavailable"),
            (500, "[]", "bitfinex-unavailable"), (403, "<html>", "bitfinex-forbidden"),
            (404, "<html>", "bitfinex-refused"),
            (200, "", "bitfinex-malformed"), (200, "oops", "bitfinex-malformed"), (200, "{}", "bitfinex-unavailable"),
        ] as [(Int, String, String)])
    func sorted(status: Int, body: String, code: String) { #expect(fault(status, body)?.code == code) }

    @Test(arguments: ["[]", " [[1790134380000,1,1,1,1,1]]", #"[["RATELIMIT:USD"],["ERR_RATE_LIMIT"]]"#])
    func `a page is not looked into`(body: String) { #expect(fault(200, body) == nil) }

    @Test(arguments: [#"{"code":20060}"#, #"{"error":20060}"#, #"{"error":"20060","code":null}"#])
    func `maintenance may be told by an object`(body: String) {
        #expect(fault(500, body) == .maintenance(what: "it", retryAfter: nil))
    }

    @Test func `maintenance is told apart, and a wait that is asked for is kept with any error`() {
        let date = ["Retry-After": "Thu, 01 Jan 1970 01:00:00 GMT", "Date": "Thu, 01 Jan 1970 00:50:00 GMT"]
        #expect(
            fault(500, #"["error",20060,"maintenance"]"#, date)
                == .maintenance(what: "it", retryAfter: .seconds(600)))
        #expect(
            fault(503, "<html>", date) == .unavailable(what: "it", reason: "HTTP 503", retryAfter: .seconds(600)))
        #expect(fault(503, "<html>", date)?.disposition == .retryable(after: .seconds(600)))
        #expect(
            fault(503, #"["error",10001,"x"]"#, date)
                == .unavailable(what: "it", reason: "10001 x", retryAfter: .seconds(600)))
    }
}
