import Candles
import Foundation
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import BitfinexReplay

/// No client ends the replay: neither by a request, nor by a message, nor by a fault that it scripts.
@Suite("Hostile clients", .timeLimit(.minutes(30))) struct HostileClientTests {
    private static let start: UnixMilliseconds = 1_704_067_200_000
    private static let now = start + 200 * 60_000

    private let market: ReplayMarket

    init() throws {
        market = ReplayMarket(
            RandomWalk(
                .init(
                    symbols: [try Symbol("BTCUSD"), try Symbol("HONGKONG50IXF0:USTF0")],
                    range: TimeRange(Self.start, Self.start + 300 * 60_000), seed: 3, quiet: 0.1)))
    }

    private static let faults = [
        #"{"fault":"drop_last","rows":100,"skip":2,"times":1,"every":1}"#, #"{"fault":"drop_newest","rows":7}"#,
        #"{"fault":"page_limit","limit":5}"#, #"{"fault":"ws_maintenance","delay_ms":5}"#,
        #"{"fault":"out_of_range"}"#, #"{"fault":"null_field"}"#,
        #"{"fault":"slow_drip","bytes":5,"delay_ms":5}"#, #"{"fault":"rate_limited","retry_after":5}"#,
        #"{"fault":"reply","status":500,"body":"x"}"#, #"{"fault":"ws_close","status":1001}"#,
        #"{"fault":"duplicates"}"#,
        #"{"fault":"five_fields"}"#, #"{"fault":"extra_fields"}"#, #"{"fault":"drop_witness"}"#,
    ]

    @Test func `no request ends the process, whatever faults were scripted`() {
        let targets = [
            ("/v2/candles/trade:1m:tBTCUSD/hist", "start=1704067200000&end=1704070000000&limit=100&sort=1"),
            ("/v2/candles/trade:1h:tHONGKONG50IXF0:USTF0/hist", "end=1704070000000&limit=10&sort=-1"),
            ("/v2/candles/trade:15m:tBTCUSD/last", ""), ("/v2/tickers", "symbols=ALL"), ("/v2/platform/status", ""),
            ("/v2/conf/pub:list:pair:exchange,pub:info:pair", ""),
        ]
        Hostile.cases { hostile in
            let (path, query) = targets.randomElement(using: &hostile.random) ?? ("", "")
            let request = ArrivedRequest(
                at: Self.now, method: "GET", path: String(decoding: hostile.mutated(path), as: UTF8.self),
                query: String(decoding: hostile.mutated(query), as: UTF8.self))
            var script = FaultScript()
            let text = hostile.mutated(Self.faults.randomElement(using: &hostile.random) ?? "")
            if let fault = try? JSONDecoder().decode(ScriptedFault.self, from: Data(text)) { script.add(fault) }
            var effects: [FaultEffect] = []
            for _ in 0..<3 { effects = script.effects(on: request.target) }
            _ = effects.lazy.compactMap { $0.replacement(for: request.path) }.first
            _ = PublicAPI(market: market, now: Self.now).reply(to: request, effects).byteCount
        }
    }

    @Test func `no message ends the process`() {
        let messages = [
            #"{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD","subId":5}"#,
            #"{"event":"unsubscribe","chanId":343351}"#, #"{"event":"ping","cid":7}"#,
            #"{"event":"conf","flags":98304}"#,
        ]
        let state = NIOLockedValueBox(ReplayState())
        var session = WebSocketSession(market: market, settings: ReplaySettings(), shared: .init(state), at: Self.now)
        var time = Self.now
        Hostile.cases { hostile in
            let text = hostile.mutated(Self.faults.randomElement(using: &hostile.random) ?? "")
            if let fault = try? JSONDecoder().decode(ScriptedFault.self, from: Data(text)) {
                state.withLockedValue { state in
                    state.reset()
                    state.faults.add(fault)
                }
            }
            time += Int64.random(in: 0...1_000, using: &hostile.random)
            session.receive(Data(hostile.mutated(messages.randomElement(using: &hostile.random) ?? "")), at: time)
            session.tick(at: time)
            _ = session.takeTexts()
            if session.ending != nil || Int.random(in: 0..<50, using: &hostile.random) == 0 {
                session = WebSocketSession(
                    market: market, settings: ReplaySettings(), shared: .init(state), at: time)
            }
        }
    }
}
