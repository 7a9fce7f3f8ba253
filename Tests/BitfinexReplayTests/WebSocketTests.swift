import BitfinexReplay
import Candles
import Foundation
import NIOCore
import NIOWebSocket
import TestSupport
import Testing

@Suite("WebSocket", .timeLimit(.minutes(1))) struct WebSocketTests {
    private static let rows = HandWritten.minutes(0..<300)

    @Test func `the server greets, and takes REST on the same port`() async throws {
        try await Replay.played { replay, clock async throws in
            try await SocketClient.run(port: replay.port, clock) { client async throws in
                let hello = await client.text()
                #expect(hello.hasPrefix(#"{"event":"info","version":2,"serverId":""#))
                #expect(hello.hasSuffix(#"","platform":{"status":1}}"#))
                #expect(try await replay.candles("limit=1").rows.count == 1)
            }
            replay.server.script(ScriptedFault(.error(.maintenance)))
            try await SocketClient.run(port: replay.port, clock) { client async throws in
                #expect(await client.text().hasSuffix(#""platform":{"status":0}}"#))
            }
        }
    }

    @Test func `a subscription is acknowledged with its key and subId, then comes the snapshot`() async throws {
        let source = HandWritten(HandWritten.minutes(0..<400))
        try await Replay.played(source) { replay, clock async throws in
            clock.advance(by: .seconds(200 * 60 + 30))
            try await SocketClient.run(port: replay.port, clock) { client async throws in
                _ = await client.text()
                try await client.send(
                    #"{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD","subId":"a\"b"}"#)
                #expect(
                    await client.text()
                        == #"{"event":"subscribed","channel":"candles","chanId":343351,"key":"trade:1m:tBTCUSD","subId":"a\"b"}"#
                )
                let forming = try Replay.row(200 * 60 + 30, of: source)
                let expected = [forming] + HandWritten.minutes(61..<300).reversed()
                #expect(await client.text() == "[343351,[\(expected.joined(separator: ","))]]")
            }
        }
    }

    @Test func `a series without rows has an empty snapshot`() async throws {
        let source = HandWritten([.btc(.hour1): ["[\(HandWritten.start),1,1,1,1,9]"]])
        try await Replay.socket(source) { client, _ async throws in
            #expect(try await client.subscribe()[1] == "[343351,[]]")
            #expect(try await client.subscribe("trade:3h:tBTCUSD")[1].contains("1,1,1,1,9"))
        }
    }

    @Test func `updates follow the forming row, and the first three of an interval repeat the one before`() async throws
    {
        try await Replay.socket { client, _ async throws in
            try await client.subscribe()
            #expect(try await client.after(.seconds(2)) == [])
            #expect(try await client.after(.seconds(1)) == ["[343351,\(Replay.row(3))]"])
            #expect(try await client.after(.seconds(7)) == ["[343351,\(Replay.row(10))]"])
            let final = "[343351,\(Self.rows[100])]"
            let heartbeats = ["[343351,\"hb\"]"]
            #expect(try await client.after(.seconds(50)) == heartbeats + ["[343351,\(Replay.row(60))]", final])
            #expect(try await client.after(.seconds(3)) == ["[343351,\(Replay.row(63))]", final])
            #expect(try await client.after(.seconds(3)) == ["[343351,\(Replay.row(66))]", final])
            #expect(try await client.after(.seconds(3)) == ["[343351,\(Replay.row(69))]"])
        }
    }

    @Test func `an interval without a trade gives no update, and the one before it ends with the next trade`()
        async throws
    {
        let source = HandWritten(HandWritten.minutes(0..<101) + HandWritten.minutes(102..<110))
        try await Replay.socket(source) { client, _ async throws in
            try await client.subscribe()
            #expect(try await client.after(.seconds(60)) == ["[343351,\"hb\"]"])
            #expect(try await client.after(.seconds(14)) == [])
            #expect(
                try await client.after(.seconds(46)) == [
                    "[343351,\"hb\"]", "[343351,\(Replay.row(120, of: source))]", "[343351,\(Self.rows[100])]",
                ])
        }
    }

    @Test func `a long silence loses no interval`() async throws {
        try await Replay.socket { client, _ async throws in
            try await client.subscribe()
            #expect(
                try await client.after(.seconds(180)) == [
                    "[343351,\"hb\"]", "[343351,\(Self.rows[100])]", "[343351,\(Self.rows[101])]",
                    "[343351,\(Replay.row(180))]", "[343351,\(Self.rows[102])]",
                ])
        }
    }

    @Test func `longer timeframes change with each finer state`() async throws {
        try await Replay.socket { client, _ async throws in
            try await client.subscribe("trade:1h:tBTCUSD")
            #expect(try await client.after(.seconds(3)) == ["[343351,\(Replay.row(3, .hour1))]"])
            #expect(try Replay.row(3, .hour1) != Replay.row(6, .hour1))
        }
    }

    @Test func `heartbeats come every fifteen seconds on each channel, with number and time`() async throws {
        try await Replay.socket { client, _ async throws in
            try await client.send(#"{"event":"conf","flags":98304}"#)
            #expect(await client.text() == #"{"event":"conf","status":"OK","flags":98304}"#)
            #expect(try await client.subscribe()[1].hasSuffix(",1,\(Replay.playedFrom)]"))
            #expect(try await client.subscribe("trade:5m:tBTCUSD")[1].hasSuffix(",2,\(Replay.playedFrom)]"))
            let time = Replay.playedFrom + 15_000
            let heard = try await client.after(.seconds(15))
            #expect(heard.count == 4)
            #expect(heard.first == "[343351,\"hb\",3,\(time)]")
            #expect(heard[2] == "[343352,\"hb\",5,\(time)]")
            #expect(heard.enumerated().allSatisfy { $1.hasSuffix(",\($0 + 3),\(time)]") })
        }
    }

    @Test(arguments: [
        (#"{"event":"ping","cid":1234}"#, #"{"event":"pong","ts":\#(Replay.playedFrom),"cid":1234}"#),
        (#"{"event":"unsubscribe","chanId":343351}"#, #"{"event":"unsubscribed","status":"OK","chanId":343351}"#),
        (
            #"{"event":"unsubscribe","chanId":7}"#,
            #"{"event":"error","msg":"unsubscribe: invalid","code":10400,"chanId":7}"#
        ), (#"{"event":"dance"}"#, #"{"event":"error","msg":"event: invalid","code":10000}"#),
        (
            #"{"event":"subscribe","channel":"candles","key":"trade:1m:tFAKEUSD"}"#,
            #"{"channel":"candles","key":"trade:1m:tFAKEUSD","symbol":"tFAKEUSD","event":"error","#
                + #""msg":"symbol: invalid","code":10300,"pair":"FAKEUSD"}"#
        ),
        (
            #"{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD"}"#,
            #"{"channel":"candles","key":"trade:1m:tBTCUSD","symbol":"tBTCUSD","event":"error","#
                + #""msg":"subscribe: dup","code":10301,"chanId":343351,"pair":"BTCUSD"}"#
        ),
        (
            #"{"event":"subscribe","channel":"nonsense"}"#,
            #"{"channel":"nonsense","event":"error","msg":"channel: unknown","code":10300}"#
        ),
        (
            #"{"event":"subscribe","channel":"candles","key":"trade:5m:tBTCUSD"}"#,
            #"{"channel":"candles","key":"trade:5m:tBTCUSD","symbol":"tBTCUSD","event":"error","#
                + #""msg":"subscribe: limit","code":10305,"pair":"BTCUSD"}"#
        ),
    ]) func `messages are answered as the exchange does`(message: String, answer: String) async throws {
        var settings = ReplaySettings()
        settings.channelLimit = 1
        try await Replay.socket(settings: settings) { client, _ async throws in
            try await client.subscribe()
            try await client.send("this is not JSON")
            try await client.send(message)
            #expect(await client.text() == answer)
        }
    }

    @Test func `a channel that was left says nothing, and comes back with another number`() async throws {
        try await Replay.socket { client, _ async throws in
            try await client.subscribe()
            try await client.send(#"{"event":"unsubscribe","chanId":343351}"#)
            #expect(await client.text().contains("unsubscribed"))
            #expect(try await client.after(.seconds(59)) == [])
            #expect(try await client.subscribe()[0].contains(#""chanId":343352"#))
        }
    }

    @Test func `a connection without a subscription is cut after a minute`() async throws {
        try await Replay.socket { client, _ async throws in
            #expect(try await client.after(.seconds(59)) == [])
            await client.move(.seconds(59))
            await client.move(.seconds(1))
            #expect(await client.next() == .end)
        }
    }

    @Test func `a close frame is answered, and a ping`() async throws {
        try await Replay.socket { client, replay async throws in
            try await client.send(.ping, ByteBuffer(string: "hello"))
            #expect(await client.text() == "hello")
            try await client.send(.connectionClose, ByteBuffer(integer: UInt16(1000)))
            #expect(await client.next() == .close(1000))
            #expect(await client.next() == .end)
        }
    }

    @Test func `too many connections in a minute are refused for a minute`() async throws {
        var settings = ReplaySettings()
        settings.connectionLimit = 1
        try await Replay.played(settings: settings) { replay, clock async throws in
            try await SocketClient.run(port: replay.port, clock) { _ = await $0.text() }
            let upgrade =
                "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            let refusal = try await RawConnection.get("/ws/2", port: replay.port, headers: upgrade)
            guard case .ended(let text) = refusal else { return #expect(Bool(false), "the refusal is a reply") }
            #expect(text.hasPrefix("HTTP/1.1 429"))
            #expect(text.hasSuffix(#"["error",11010,"ratelimit: error"]"#))
            clock.advance(by: .seconds(59))
            await #expect(throws: SocketClient.Refused.self) {
                try await SocketClient.run(port: replay.port, clock) { _ in }
            }
            clock.advance(by: .seconds(1))
            try await SocketClient.run(port: replay.port, clock) { #expect(await $0.text().contains("info")) }
            let seen = try await replay.statistics().webSocket
            #expect(seen.connections == 2 && seen.refused == 2)
        }
    }

    @Test func `statistics count connections, subscriptions and frames`() async throws {
        try await Replay.socket { client, replay async throws in
            try await client.subscribe()
            _ = try await client.after(.seconds(3))
            let seen = try await replay.statistics().webSocket
            #expect(seen.connections == 1 && seen.openConnections == 1)
            #expect(seen.subscriptions == 1 && seen.frames == 5)
            #expect(try await replay.get("/__stats").text.contains(#""web_socket":{"#))
        }
    }

    @Test func `a client that does not read is cut off`() async throws {
        try await Replay.played { replay, _ async throws in
            replay.server.script(ScriptedFault(.webSocket(.oversized)))
            // Each subscription is answered with 2 MiB; what sockets and server hold is far less than a hundred of them.
            #expect(try await RawConnection.subscribeWithoutReading(times: 100, port: replay.port) == .reset)
            let seen = replay.server.statistics.webSocket
            #expect(seen.frames < 400)
        }
    }
}
