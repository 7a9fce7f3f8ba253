import Candles
import Foundation
import Ingest
import Testing

/// What one connection does, frame by frame and second by second.
@Suite("Stream session") struct StreamSessionTests {
    private let one: Series
    private let other: Series
    private let limits = StreamLimits()

    init() throws {
        one = try Series("BTCUSD-1m")
        other = try Series("DUSK:USD-1m")
    }

    private func candle(_ minute: Int64, volume: Double = 1) -> Candle {
        Candle(openTime: minute * 60_000, open: 1, high: 1, low: 1, close: 1, volume: volume)
    }

    private func subscribe(_ series: Series) -> StreamSession.Action {
        .send(#"{"event":"subscribe","channel":"candles","key":"\#(series.streamKey)"}"#)
    }

    /// A session whose channels 1 and 2 are live since the time 0.
    private func live() -> StreamSession {
        var session = StreamSession([one, other], limits: limits, at: 0)
        _ = session.receive(.info(code: nil, isOperative: true), at: 0)
        _ = session.receive(.subscribed(channel: 1, key: one.streamKey), at: 0)
        _ = session.receive(.subscribed(channel: 2, key: other.streamKey), at: 0)
        return session
    }

    private func data(_ channel: Int, _ payload: StreamFrame.Payload, _ sequence: Int?) -> StreamFrame {
        .data(channel: channel, payload, sequence: sequence)
    }

    @Test func `the greeting is answered with flags and subscriptions`() {
        var session = StreamSession([other, one], limits: limits, at: 0)
        #expect(session.tick(at: 1) == [])
        #expect(
            session.receive(.info(code: nil, isOperative: true), at: 5)
                == [.send(#"{"event":"conf","flags":98304}"#), subscribe(one), subscribe(other)])
        #expect(session.receive(.subscribed(channel: 7, key: other.streamKey), at: 6) == [.live(other)])
        #expect(session.live == [other: 6])
    }

    @Test func `snapshots come oldest first, whatever their order, and updates one by one`() {
        var session = live()
        #expect(
            session.receive(data(1, .snapshot([candle(3), candle(1), candle(2)]), 1), at: 1)
                == [.deliver(one, [candle(1), candle(2), candle(3)])])
        #expect(session.receive(data(2, .update(candle(4)), 2), at: 2) == [.deliver(other, [candle(4)])])
        #expect(session.receive(data(2, .heartbeat, 3), at: 3) == [])
    }

    @Test func `a channel that is not known is ignored, and still counts in the sequence`() {
        var session = live()
        #expect(session.receive(data(99, .update(candle(1)), 1), at: 1) == [])
        #expect(session.receive(data(1, .update(candle(1)), 2), at: 1) == [.deliver(one, [candle(1)])])
    }

    @Test(arguments: [1, 2, 4]) func `a gap or a repetition in the sequence ends the connection`(next: Int) {
        var session = live()
        _ = session.receive(data(1, .heartbeat, 1), at: 1)
        _ = session.receive(data(1, .heartbeat, 2), at: 1)
        #expect(
            session.receive(data(1, .update(candle(1)), next), at: 2) == [.end(.sequence(expected: 3, found: next))])
    }

    @Test func `frames without a number are taken as they come`() {
        var session = live()
        #expect(session.receive(data(1, .update(candle(1)), nil), at: 1) == [.deliver(one, [candle(1)])])
    }

    @Test func `a silent connection ends`() {
        var session = live()
        _ = session.tick(at: 20_000)
        _ = session.receive(.pong(1), at: 21_000)
        #expect(session.tick(at: 56_000).contains(.send(#"{"event":"ping","cid":2}"#)))
        #expect(session.tick(at: 56_001) == [.end(.silent(seconds: 35))])
    }

    @Test func `a ping goes out every 20 s, and one without an answer ends the connection`() {
        var session = live()
        #expect(session.tick(at: 19_999) == [])
        #expect(session.tick(at: 20_000) == [.send(#"{"event":"ping","cid":1}"#)])
        _ = session.receive(data(1, .heartbeat, 1), at: 25_000)
        #expect(session.tick(at: 27_000) == [])
        #expect(session.tick(at: 27_001) == [.end(.noPong)])
    }

    @Test func `a silent channel is asked for anew while the others go on`() {
        var session = live()
        for (sequence, time) in [(1, 15_000), (2, 30_000), (3, 45_000)] as [(Int, Int64)] {
            _ = session.receive(data(1, .heartbeat, sequence), at: time)
            _ = session.tick(at: time)
            _ = session.receive(.pong(sequence), at: time)
        }
        let actions = session.tick(at: 45_001)
        #expect(
            actions == [
                .lost(other, .silent(seconds: 45)), .send(#"{"event":"unsubscribe","chanId":2}"#), subscribe(other),
            ])
        // What still comes of the old channel is nobody's.
        #expect(session.receive(data(2, .update(candle(1)), 4), at: 45_002) == [])
        #expect(session.receive(.subscribed(channel: 9, key: other.streamKey), at: 45_003) == [.live(other)])
        #expect(session.receive(data(9, .update(candle(1)), 5), at: 45_004) == [.deliver(other, [candle(1)])])
    }

    @Test func `a subscription without an answer is repeated after ten seconds`() {
        var session = StreamSession([one], limits: limits, at: 0)
        _ = session.receive(.info(code: nil, isOperative: true), at: 0)
        #expect(session.tick(at: 10_000) == [])
        #expect(session.tick(at: 10_001) == [.lost(one, .notAcknowledged), subscribe(one)])
    }

    @Test func `a refused subscription is tried again after a minute`() {
        var session = StreamSession([one], limits: limits, at: 0)
        _ = session.receive(.info(code: nil, isOperative: true), at: 0)
        let refusal = StreamFrame.error(code: 10300, message: "symbol: invalid", key: one.streamKey, channel: nil)
        #expect(
            session.receive(refusal, at: 1) == [.lost(one, .refused(code: 10300, message: "symbol: invalid"))])
        for time in stride(from: Int64(10_000), through: 60_000, by: 10_000) {
            let actions = session.tick(at: time)
            #expect(!actions.contains(subscribe(one)))
            _ = session.receive(.pong(1), at: time)
        }
        #expect(session.tick(at: 60_001) == [subscribe(one)])
        // It was there all the time: the refusal names its channel.
        let duplicate = StreamFrame.error(code: 10301, message: "subscribe: dup", key: one.streamKey, channel: 8)
        #expect(session.receive(duplicate, at: 60_002) == [.live(one)])
        #expect(session.receive(data(8, .update(candle(1)), 1), at: 60_003) == [.deliver(one, [candle(1)])])
    }

    @Test func `maintenance is waited for, and its end opens a new connection`() {
        var session = live()
        #expect(
            session.receive(.info(code: 20060, isOperative: nil), at: 1)
                == [.lost(one, .maintenance), .lost(other, .maintenance)])
        #expect(session.tick(at: 120_000) == [])
        #expect(session.receive(.info(code: 20061, isOperative: nil), at: 120_001) == [.end(.maintenanceOver)])
    }

    @Test func `maintenance without an end ends the connection, whatever still comes on it`() {
        var session = StreamSession([one], limits: limits, at: 0)
        #expect(
            session.receive(.info(code: nil, isOperative: false), at: 0) == [.send(#"{"event":"conf","flags":98304}"#)])
        _ = session.receive(data(1, .heartbeat, 1), at: 149_000)
        #expect(session.tick(at: 150_000) == [])
        #expect(session.tick(at: 150_001) == [.end(.maintenanceTooLong(seconds: 150))])
    }

    @Test func `a platform that is operative again is as good as the end of its maintenance`() {
        var session = StreamSession([one], limits: limits, at: 0)
        _ = session.receive(.info(code: nil, isOperative: false), at: 0)
        #expect(session.receive(.info(code: nil, isOperative: true), at: 5) == [.end(.maintenanceOver)])
    }

    @Test func `a payload that cannot be read takes nothing down`() {
        var session = live()
        #expect(session.receive(data(1, .unreadable, 1), at: 1) == [])
        #expect(session.receive(data(1, .update(candle(1)), 2), at: 2) == [.deliver(one, [candle(1)])])
    }

    @Test func `a restart ends the connection`() {
        var session = live()
        #expect(session.receive(.info(code: 20051, isOperative: nil), at: 1) == [.end(.restart)])
    }

    @Test func `a channel in doubt is asked for anew, once it is live`() {
        var session = live()
        let actions = session.resubscribe(one, because: .stale, at: 5)
        #expect(actions == [.lost(one, .stale), .send(#"{"event":"unsubscribe","chanId":1}"#), subscribe(one)])
        #expect(session.resubscribe(one, because: .stale, at: 6) == [])
        #expect(session.live == [other: 0])
    }

    @Test func `a key is never split, so that a symbol with a colon finds its channel`() {
        #expect(other.streamKey == "trade:1m:tDUSK:USD")
    }

    @Test(arguments: [(11010, ""), (0, "ERR_RATE_LIMIT"), (10305, "ratelimit: error"), (1, "Rate limit exceeded")])
    func `an error that says that too much was asked ends the connection`(code: Int, message: String) throws {
        var session = StreamSession([try Series("BTCUSD-1m")], at: 0)
        #expect(
            session.receive(.error(code: code, message: message, key: nil, channel: nil), at: 1)
                == [.end(.rateLimited)])
    }
}
