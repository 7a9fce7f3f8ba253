import Candles
import HTTPServer
import NIOHTTP1
import Testing

@testable import Frontend

@Suite struct ConditionalRequestTests {
    private let modified = HTTPDate(seconds: 784_111_777)

    private func has(_ noneMatch: [String], since: String? = nil, etag: String = "\"abc\"") -> Bool {
        ConditionalRequest(noneMatch: noneMatch, modifiedSince: since).has(etag: etag, modified: modified)
    }

    @Test(
        "a tag is found in every form of the list",
        arguments: [
            ["\"abc\""], ["W/\"abc\""], ["\"x\", \"abc\""], ["\"x\",\"abc\",\"y\""], ["\"x\"", "\"abc\""], ["*"],
            [" *"],
            ["\"a,b\", W/\"abc\""], ["junk, \"abc\""], [",, \"abc\" ,"], ["\"x\"y, \"abc\""],
        ])
    func found(fields: [String]) {
        #expect(has(fields))
        #expect(has(fields, etag: "W/\"abc\""))
    }

    @Test(
        "what does not name the tag does not match, whatever the date",
        arguments: [
            ["\"abcd\""], ["abc"], ["\"\""], [""], ["\"abc"], ["\"x, \"abc\""], ["\"ABC\""], ["w/\"abc\""], ["W/abc"],
            ["**"], ["\"*\""],
        ])
    func other(fields: [String]) { #expect(!has(fields, since: modified.description)) }

    @Test func `the date counts where there is no tag`() {
        #expect(has([], since: "Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect(has([], since: "Sunday, 06-Nov-94 08:49:38 GMT"))
        #expect(!has([], since: "Sun Nov  6 08:49:36 1994"))
        for junk in ["", "yesterday", "Sun, 06 Nov 9994 08:49:37", "Mon, 06 Nov 1994 08:49:37 GMT"] {
            #expect(!has([], since: junk))
        }
        #expect(!has([]))
        let undated = ConditionalRequest(["If-Modified-Since": modified.description] as HTTPHeaders)
        #expect(!undated.has(etag: "\"abc\""))
        #expect(undated.has(etag: "\"abc\"", modified: modified))
    }
}
