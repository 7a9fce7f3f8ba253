import BitfinexReplay
import Candles
import Foundation
import Testing

@Suite("WebSocket faults", .timeLimit(.minutes(1))) struct WebSocketFaultTests {
    /// Subscribes with sequence numbers, scripts a fault that strikes once, and lets three seconds pass.
    private static func struck(
        by fault: String, _ body: @escaping @Sendable (SocketClient, Replay) async throws -> Void
    ) async throws {
        try await Replay.socket { client, replay async throws in
            try await client.send(#"{"event":"conf","flags":65536}"#)
            _ = await client.text()
            try await client.subscribe()
            #expect(try await replay.post("/__fault", fault).text == #"{"scripted":1}"#)
            try await body(client, replay)
            let name = fault.split(separator: "\"")[3]
            #expect(try await replay.statistics().webSocket.faults == [String(name): 1])
        }
    }

    private static func frame(_ seconds: Int64, _ sequence: Int) throws -> String {
        "[343351,\(try Replay.row(seconds)),\(sequence)]"
    }

    @Test(
        arguments: [
            ("ws_sequence_gap", [], 3), ("ws_lost_frame", [], 2), ("ws_sequence_repeat", [1], 2),
            ("ws_duplicate", [2, 3], 4),
        ] as [(String, [Int], Int)])
    func `frames are lost, repeated or numbered wrongly`(name: String, numbers: [Int], next: Int) async throws {
        try await Self.struck(by: #"{"fault":"\#(name)","times":1}"#) { client, _ async throws in
            #expect(try await client.after(.seconds(3)) == numbers.map { try Self.frame(3, $0) })
            #expect(try await client.after(.seconds(3)) == [Self.frame(6, next)])
        }
    }

    @Test func `a stalled connection says nothing, and stays open`() async throws {
        try await Self.struck(by: #"{"fault":"ws_stall"}"#) { client, replay async throws in
            await client.move(.seconds(3))
            await client.move(.seconds(60))
            try await client.send(#"{"event":"ping"}"#)
            await client.move(.seconds(60))
            let seen = replay.server.statistics.webSocket
            #expect(seen.openConnections == 1 && seen.frames == 4)
        }
    }

    @Test func `a stalled channel says nothing, others go on`() async throws {
        try await Self.struck(by: #"{"fault":"ws_channel_stall","path":":1m:"}"#) { client, _ async throws in
            try await client.subscribe("trade:5m:tBTCUSD")
            let heard = try await client.after(.seconds(60))
            #expect(heard.count == 2 && heard.allSatisfy { $0.hasPrefix("[343352,") })
        }
    }

    @Test(arguments: [
        (#"{"fault":"ws_close","times":1}"#, SocketClient.Event.close(1000)),
        (#"{"fault":"ws_close","status":1011,"times":1}"#, .close(1011)), (#"{"fault":"ws_reset","times":1}"#, .end),
    ]) func `the connection is closed or reset`(fault: String, event: SocketClient.Event) async throws {
        try await Self.struck(by: fault) { client, _ async throws in
            await client.move(.seconds(3))
            #expect(await client.next() == event)
        }
    }

    @Test func `a restart is announced, then the connection closed`() async throws {
        try await Self.struck(by: #"{"fault":"ws_restart","times":1}"#) { client, _ async throws in
            await client.move(.seconds(3))
            #expect(await client.text().hasPrefix(#"{"event":"info","code":20051,"#))
            #expect(await client.next() == .close(1001))
        }
    }

    @Test func `maintenance is silence between two announcements, and shows in the platform's status`() async throws {
        try await Self.struck(by: #"{"fault":"ws_maintenance","delay_ms":90000,"times":1}"#) {
            client, replay async throws in
            let begun = try await client.after(.seconds(3))
            #expect(begun.count == 1 && begun[0].hasPrefix(#"{"event":"info","code":20060,"#))
            #expect(try await client.after(.seconds(89)) == [])
            #expect(try await replay.get("/v2/platform/status").text == "[0]")
            let ended = try await client.after(.seconds(1))
            #expect(ended.first?.hasPrefix(#"{"event":"info","code":20061,"#) == true)
            #expect(try await replay.get("/v2/platform/status").text == "[1]")
            // The states of the silent time are not sent again.
            #expect(try ended.dropFirst() == [Self.frame(93, 2), "[343351,\(HandWritten.minutes(100..<101)[0]),3]"])
        }
    }

    @Test func `an earlier state of the row follows a newer one`() async throws {
        try await Self.struck(by: #"{"fault":"ws_stale_update","times":1}"#) { client, _ async throws in
            #expect(try await client.after(.seconds(9)) == [Self.frame(9, 2), Self.frame(0, 3)])
        }
    }

    @Test func `a partial state of the previous interval comes late`() async throws {
        try await Self.struck(by: #"{"fault":"ws_late_previous","times":1}"#) { client, _ async throws in
            #expect(try await client.after(.seconds(9)) == [Self.frame(9, 2), Self.frame(-30, 3)])
        }
    }

    @Test(arguments: [
        (#"{"fault":"ws_unknown_channel","times":1}"#, "[0,[", 3),
        (#"{"fault":"ws_garbage","times":1}"#, "\u{1F} this", 2),
        (#"{"fault":"ws_oversized","times":1}"#, "[343351,\"xxxx", 3),
    ]) func `a frame that nobody expects comes first`(fault: String, start: String, next: Int) async throws {
        try await Self.struck(by: fault) { client, _ async throws in
            let heard = try await client.after(.seconds(3))
            #expect(heard.count == 2 && heard[0].hasPrefix(start))
            #expect(try heard.last == Self.frame(3, next))
            #expect(fault.contains("oversized") == (heard[0].utf8.count > 2 << 20))
        }
    }

    @Test func `a subscription is refused, ignored, or answered too late`() async throws {
        try await Replay.socket { client, replay async throws in
            let list =
                #"[{"fault":"ws_invalid_symbol","times":1},{"fault":"ws_no_ack","skip":1,"times":1},"#
                + #"{"fault":"ws_early_data","path":"tBTCUSD","skip":2,"times":1}]"#
            #expect(try await replay.post("/__fault", list).text == #"{"scripted":3}"#)
            let subscribe = #"{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD"}"#
            try await client.send(subscribe)
            #expect(await client.text().contains(#""msg":"symbol: invalid","code":10300"#))
            try await client.send(subscribe)
            #expect(try await client.heard() == [])
            try await client.send(subscribe)
            #expect(await client.text() == "[343351,\(try Replay.row(0))]")
            #expect(await client.text().contains(#""event":"subscribed""#))
        }
    }

    @Test func `an upgrade is refused`() async throws {
        try await Replay.played { replay, clock async throws in
            replay.server.script(ScriptedFault(.webSocket(.refuse), times: 1))
            await #expect(throws: SocketClient.Refused.self) {
                try await SocketClient.run(port: replay.port, clock) { _ in }
            }
            try await SocketClient.run(port: replay.port, clock) { #expect(await $0.text().contains("info")) }
        }
    }

    @Test func `a fault befalls the channel that it names, and no request`() async throws {
        try await Replay.socket { client, replay async throws in
            try await client.subscribe()
            try await client.subscribe("trade:5m:tBTCUSD")
            replay.server.script(ScriptedFault(.webSocket(.lostFrame), path: "trade:5m"))
            #expect(try await replay.candles("limit=1").rows.count == 1)
            #expect(try await client.after(.seconds(15)).allSatisfy { $0.hasPrefix("[343351,") })
            #expect(replay.server.statistics.webSocket.faults == ["ws_lost_frame": 2])
        }
    }

    @Test(arguments: [
        WebSocketFault.stall, .close(status: 1012), .maintenance(.seconds(7)), .refuse, .staleUpdate, .latePrevious,
    ]) func `a fault survives its JSON`(fault: WebSocketFault) throws {
        let scripted = ScriptedFault(.webSocket(fault), path: "BTC", skip: 2, times: 3, every: 4)
        let json = try JSONEncoder().encode(scripted)
        #expect(try JSONDecoder().decode(ScriptedFault.self, from: json) == scripted)
        #expect(FaultEffect.names.contains(fault.name))
    }
}
