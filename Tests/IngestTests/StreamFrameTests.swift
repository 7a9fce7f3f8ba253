import Candles
import Ingest
import Testing

/// The exchange's messages, as it prints them.
@Suite("Stream frame") struct StreamFrameTests {
    private func frame(_ text: String) -> StreamFrame { StreamFrame(Array(text.utf8)) }

    private static let row = "[1574698200000,7399.9,7379.7,7399.9,7371.8,41.63633658]"
    private static let candle = Candle(
        openTime: 1_574_698_200_000, open: 7399.9, high: 7399.9, low: 7371.8, close: 7379.7, volume: 41.63633658)

    @Test func `events`() {
        #expect(
            frame(#"{"event":"info","version":2,"serverId":"fb58","platform":{"status":1}}"#)
                == .info(code: nil, isOperative: true))
        #expect(
            frame(#"{"event":"info","version":2,"platform":{"status":0}}"#) == .info(code: nil, isOperative: false))
        #expect(
            frame(#"{"event":"info","code":20051,"msg":"Stop/Restart"}"#) == .info(code: 20051, isOperative: nil))
        #expect(
            frame(#"{"event":"subscribed","channel":"candles","chanId":343351,"key":"trade:1m:tDUSK:USD"}"#)
                == .subscribed(channel: 343_351, key: "trade:1m:tDUSK:USD"))
        #expect(frame(#"{"event":"unsubscribed","status":"OK","chanId":7}"#) == .unsubscribed(channel: 7))
        #expect(frame(#"{"event":"pong","ts":1511545528111,"cid":1234}"#) == .pong(1234))
        #expect(
            frame(#"{"event":"error","msg":"symbol: invalid","code":10300,"key":"trade:1m:tNOPE"}"#)
                == .error(code: 10300, message: "symbol: invalid", key: "trade:1m:tNOPE", channel: nil))
        #expect(frame(#"{"event":"conf","status":"OK","flags":98304}"#) == .unknown)
    }

    @Test func `data with and without its tail of number and time`() {
        #expect(frame("[343351,\(Self.row)]") == .data(channel: 343_351, .update(Self.candle), sequence: nil))
        #expect(frame("[5,\(Self.row),2,1790134414850]") == .data(channel: 5, .update(Self.candle), sequence: 2))
        #expect(
            frame("[5,[\(Self.row),\(Self.row)],3]")
                == .data(channel: 5, .snapshot([Self.candle, Self.candle]), sequence: 3))
        #expect(frame("[5,[],4,1]") == .data(channel: 5, .snapshot([]), sequence: 4))
        #expect(frame(#"[204928,"hb",127]"#) == .data(channel: 204_928, .heartbeat, sequence: 127))
        #expect(frame(#" [1]"#) == .unknown)
        #expect(frame("[ 5 , [ \(Self.row) ] , 3 ]") == .data(channel: 5, .snapshot([Self.candle]), sequence: 3))
    }

    @Test(arguments: ["7", "[1,2]", "[[1]]", "null", #""no""#])
    func `a payload that cannot be read still counts in the sequence`(payload: String) {
        #expect(frame("[5,\(payload),3]") == .data(channel: 5, .unreadable, sequence: 3))
    }

    @Test(arguments: [
        "", "{", "[", "[]", "[5]", #"["a",[]]"#, "not JSON", #"{"event":5}"#,
    ])
    func `what is no message is unknown, and no harm`(text: String) { #expect(frame(text) == .unknown) }
}
