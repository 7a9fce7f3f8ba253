import Candles
import Foundation
import Resilience
import TestSupport
import Testing
import Transport

@testable import Ingest

/// No bytes of the exchange end the process: every header that is read, every field of its replies and of its messages.
@Suite("Hostile exchange", .timeLimit(.minutes(30))) struct HostileExchangeTests {
    private static let now: UnixMilliseconds = 1_790_134_400_000

    @Test(arguments: ["9999999999999999", "9223372036854775807", "-9223372036854775808", "99999999999999999999"])
    func `an age at the ends of all numbers is no end of the process`(age: String) {
        let reply = HTTPReply(
            status: 200, headers: ["Date": "Sat, 21 Nov 2026 04:10:00 GMT", "Age": age], body: Array("[]".utf8))
        _ = ExchangeClock.lead(of: Self.now, in: reply)
    }

    @Test(arguments: [Int.max, Int.min, Int.max - 1]) func `a first frame may have any number`(number: Int) throws {
        let series = try Series("BTCUSD-1m")
        var session = StreamSession([series], at: 0)
        _ = session.receive(.data(channel: 1, .heartbeat, sequence: number), at: 1)
        let second = session.receive(.data(channel: 1, .heartbeat, sequence: number), at: 2)
        #expect(second == [.end(.sequence(expected: number &+ 1, found: number))])
        let third = session.receive(.data(channel: 1, .heartbeat, sequence: number &+ 1), at: 3)
        #expect(third.isEmpty == (number != .max))
    }

    @Test func `no reply ends the process`() {
        let bodies = [
            "[[1790134380000,1.5,2,3,0.5,8e-8],[1790134440000,1,2,3,4,5]]", "[]", #"["error",10020,"symbol: invalid"]"#,
            #"["error",null,"ERR_RATE_LIMIT"]"#, #"{"code":503,"error":"temporarily_unavailable"}"#, "<html>", "[1]",
            #"[["tBTCUSD",1,2,3,4,-5,-0.1,2000.5,300,2100,1900],["fUSD",1,2,3]]"#,
            #"[["BTCUSD","DUSK:USD"],["BTCF0:USTF0"]]"#,
        ]
        let names = ["Date", "Age", "Retry-After", "Content-Length"]
        let request = PageRequest(start: Self.now - 600_000, last: Self.now, order: .oldestFirst, witness: nil)
        Hostile.cases { hostile in
            let headers = Dictionary(uniqueKeysWithValues: names.map { ($0, hostile.header()) })
            let body = hostile.mutated(bodies.randomElement(using: &hostile.random) ?? "")
            let status = [200, 403, 404, 429, 500, 503].randomElement(using: &hostile.random) ?? 200
            let reply = HTTPReply(status: status, headers: headers, body: body)
            let lead = ExchangeClock.lead(of: Self.now, in: reply)
            _ = lead.map { $0.components.seconds }
            var generator = hostile.random
            let wait = reply.retryAfter(at: hostile.integer())
            let ban = RequestBan(
                setAt: hostile.integer(), until: hostile.integer(), wait: hostile.integer(), probe: hostile.integer())
            var next = RequestBan.refused(
                previous: ban, startedAt: hostile.integer(), retryAfter: wait, at: Self.now, using: &generator)
            next.startProbe(at: Self.now)
            next.follow(clockSetBackTo: hostile.integer())
            do {
                let page = try BitfinexReply.body(of: reply, to: "it", at: Self.now)
                let (rows, unreadable) = (try? CandlePageParser.page(in: page)) ?? ([], [])
                let answer = PageAnswer(
                    sent: rows, unreadable: unreadable, timeframe: .minute1, order: .oldestFirst,
                    madeAt: ExchangeClock.made(reply, askedAt: Self.now))
                _ = request.objection(to: answer, timeframe: .minute1)
                for row in rows { _ = row.openTime.iso8601 + "\(Timeframe.day1.ceiling(row.openTime))" }
                _ = TickerRow.tickers(in: page)
            } catch {
                guard let fault = error as? any Fault else { return }
                _ = "\(fault.summary) \(fault.hint ?? "") \(fault.disposition)"
            }
        }
    }

    @Test func `no message of the stream ends the process`() throws {
        let row = "[1790134380000,7399.9,7379.7,7399.9,7371.8,41.63633658]"
        let messages = [
            #"{"event":"info","version":2,"platform":{"status":1}}"#, #"{"event":"info","code":20051,"msg":"Stop"}"#,
            #"{"event":"info","code":20060}"#, #"{"event":"info","code":20061}"#,
            #"{"event":"pong","ts":1511545528111,"cid":1}"#,
            #"{"event":"subscribed","channel":"candles","chanId":5,"key":"trade:1m:tBTCUSD"}"#,
            #"{"event":"unsubscribed","status":"OK","chanId":5}"#,
            #"{"event":"error","msg":"symbol: invalid","code":10300,"key":"trade:1m:tBTCUSD"}"#,
            #"{"event":"error","msg":"dup","code":10301,"key":"trade:1m:tBTCUSD","chanId":5}"#,
            "[5,\(row),2,1790134414850]", "[5,[\(row),\(row)],3]", #"[5,"hb",127]"#, "[5,[],1]",
        ]
        let series = try Series("BTCUSD-1m")
        var session = StreamSession([series], at: 0)
        var page = LivePage()
        var time: Int64 = 0
        Hostile.cases { hostile in
            time += Int64.random(in: 0...40_000, using: &hostile.random)
            var actions = session.tick(at: time)
            let bytes = hostile.mutated(messages.randomElement(using: &hostile.random) ?? "")
            actions += session.receive(StreamFrame(bytes), at: time)
            for action in actions {
                switch action {
                case .deliver(_, let rows): for row in rows { page.take(row, of: .minute1, at: Self.now) }
                case .end(let end):
                    _ = end.description
                    session = StreamSession([series], at: time)
                case .lost(_, let loss): _ = loss.description
                case .send, .live: break
                }
            }
        }
    }
}
