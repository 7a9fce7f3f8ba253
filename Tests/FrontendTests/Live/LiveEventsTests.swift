import Candles
import Foundation
import HTTPServer
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct LiveEventsTests {
    private func source(last: Int64 = 10) throws -> FakeSource {
        FakeSource(.init(glances: [try Glances.glance(last: last)]))
    }

    private func json(_ event: EventClient.Event?) throws -> NSDictionary {
        let data = Data((event?.data ?? "").utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    }

    private func expect(
        _ event: EventClient.Event?, _ document: NSDictionary, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let found = try json(event)
        #expect(found == document, sourceLocation: location)
    }

    @Test func `hello comes first, and says who speaks, how far it is, and how the database is`() async throws {
        try await ServedEvents.with(try source()) { served in
            try await EventClient.with(served.port) { client in
                let head = try #require(await client.head())
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(head.contains("Content-Type: text/event-stream"))
                #expect(head.contains("Cache-Control: no-store"))
                let hello = await client.next()
                #expect(hello?.name == "hello")
                #expect(hello?.id == "b0-0")
                try expect(
                    hello,
                    [
                        "server_time_ms": 1_700_000_700_000, "boot": "b0", "seq": 0, "heartbeat_ms": 5000,
                        "database": ["kind": "sqlite", "state": "ok", "message": NSNull(), "hint": NSNull()],
                    ])
            }
        }
    }

    @Test func `bars and rows that change are told, each with its number`() async throws {
        let source = try source()
        try await ServedEvents.with(source) { served in
            try await EventClient.with(served.port) { client in
                _ = await client.next()
                try await served.until { source.reads > 0 }
                let changed = try Glances.glance(last: 10, close: 101.5)
                source.change { $0.glances = [changed] }
                let bars = await client.next()
                #expect(bars?.name == "bars")
                #expect(bars?.id == "b0-1")
                try expect(
                    bars,
                    [
                        "bars": [["BTCUSD", "1m", 1_700_000_640_000, 100, 101.5, 100, 101.5, 1.5, false]]
                    ])
                let rows = await client.next()
                #expect(rows?.name == "symbols")
                #expect(rows?.id == "b0-2")
                let row = (try json(rows)["symbols"] as? [NSDictionary])?.first
                #expect(row?["last"] as? Double == 101.5)
                #expect(row?["symbol"] as? String == "BTCUSD")
                #expect(row?["state"] as? String == "live")
                #expect(row?["change_24h"] is NSNull)
                #expect(served.live.sequence == 2)
            }
        }
    }

    @Test func `what cannot be read any more grows old`() async throws {
        struct Unreadable: Error {}
        let source = try source()
        let now = NIOLockedValueBox(Glances.start + 11 * Glances.minute)
        try await ServedEvents.with(source, now: { now.withLockedValue { $0 } }) { served in
            try await EventClient.with(served.port) { client in
                _ = await client.next()
                try await served.until { source.reads > 0 }
                source.change { $0.fault = Unreadable() }
                now.withLockedValue { $0 += 30 * Glances.minute }
                let row = (try json(await client.first("symbols"))["symbols"] as? [NSDictionary])?.first
                #expect(row?["state"] as? String == "stale")
                let newest = try Glances.glance(last: 41)
                source.change { ($0.fault, $0.glances) = (nil, [newest]) }
                let next = (try json(await client.first("symbols"))["symbols"] as? [NSDictionary])?.first
                #expect(next?["state"] as? String == "live")
            }
        }
    }

    @Test func `history that was filled, and what hosts say, are named as topics`() async throws {
        let source = try source()
        try await ServedEvents.with(source) { served in
            try await EventClient.with(served.port) { client in
                _ = await client.next()
                try await served.until { source.reads > 0 }
                let filled = try Glances.glance(last: 10, count: 20)
                source.change { $0.glances = [filled] }
                let changed = await client.first("changed")
                try expect(
                    changed,
                    [
                        "topics": ["summary", "candles", "coverage", "gaps"], "series": ["BTCUSD-1m"],
                    ])
                var host = HostOperations(host: HostRow(host: "nas1", atMs: 1, isStale: false, isWatched: true))
                host.alerts = [
                    AlertRow(
                        id: "a", host: "nas1", severity: "warning", source: "disk", message: "m", hint: nil, sinceMs: 1,
                        lastMs: 2, count: 1)
                ]
                source.change { [host] in $0.operations = [host] }
                let alerts = await client.first("changed")
                let topics = try json(alerts)["topics"] as? [String]
                #expect(topics == ["summary", "jobs", "breakers", "alerts", "backups"])
            }
        }
    }

    @Test func `a database that goes, and comes back, is told at once`() async throws {
        let source = try source()
        try await ServedEvents.with(source) { served in
            try await EventClient.with(served.port) { client in
                _ = await client.next()
                let away = DatabaseCondition(kind: .sqlite, state: .unavailable, message: "it is gone", hint: "wait")
                source.change { $0.condition = away }
                let gone = await client.first("database")
                try expect(
                    gone,
                    [
                        "kind": "sqlite", "state": "unavailable", "message": "it is gone", "hint": "wait",
                    ])
                source.change { $0.condition = DatabaseCondition(kind: .sqlite, state: .ok) }
                let back = try json(await client.first("database"))
                #expect(back["state"] as? String == "ok")
            }
        }
    }

    @Test func `heartbeats have no number, and name the newest`() async throws {
        var pace = ServedEvents.pace
        pace.heartbeat = .milliseconds(10)
        try await ServedEvents.with(try source(), pace: pace) { served in
            try await EventClient.with(served.port) { client in
                let beat = await client.first("hb")
                #expect(beat?.id == nil)
                try expect(beat, ["server_time_ms": 1_700_000_700_000, "seq": 0])
            }
        }
    }

    @Test func `it turns as long as it looks, also while the database is away`() async throws {
        let away = DatabaseCondition(kind: .sqlite, state: .unavailable)
        try await ServedEvents.with(FakeSource(.init(condition: away))) { served in
            let before = served.live.turns
            try await served.until { served.live.turns > before + 3 }
        }
    }

    @Test func `a row that only grew known is told every quarter of a minute, and at once where it is old`()
        async throws
    {
        let reading = MarketReading([try Glances.glance(last: 10)])
        let start = Glances.start + 10 * Glances.minute
        var watch = MarketWatch(spacing: .seconds(1))
        #expect(watch.take(reading, now: start).isEmpty)
        let told = (1...59).filter { !watch.judge(now: start + $0 * 1000).isEmpty }
        #expect(told == [15, 30, 45])
        let aged = (1...1200).filter { !watch.judge(now: start + 60_000 + $0 * 1000).isEmpty }
        // Known up to the end of its minute, live for three and a half more, delayed until 18 are unknown.
        #expect(aged == [1, 211, 1081])
        #expect(watch.pass(.seconds(1))?.name == "changed")
        #expect(watch.pass(.seconds(1)) == nil)
    }

    @Test(arguments: ["1.1", "1.0"])
    func `a stream asks proxies to pass it on at once, and has chunks for HTTP/1.1 alone`(version: String) async throws
    {
        try await ServedEvents.with(try source()) { served in
            try await EventClient.with(served.port, version: version) { client in
                let head = try #require(await client.head()).lowercased()
                #expect(head.contains("x-accel-buffering: no\r\n"), "\(head)")
                #expect(head.contains("transfer-encoding: chunked") == (version == "1.1"), "\(head)")
            }
        }
    }

    @Test func `to HEAD only the head is given, and no stream is opened`() async throws {
        try await ServedEvents.with(try source()) { served in
            try await EventClient.with(served.port, method: "HEAD") { client in
                #expect(await client.head()?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
            }
            #expect(served.live.openStreams == 0)
        }
    }

    @Test func `one listener too many is sent away with a word when to come again, until another goes`() async throws {
        // What is written shows that a listener has gone.
        var pace = ServedEvents.pace
        pace.heartbeat = .milliseconds(20)
        try await ServedEvents.with(try source(), limit: 3, pace: pace) { served in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (goes, go) = AsyncStream.makeStream(of: Void.self)
                for index in 0..<3 {
                    group.addTask {
                        try await EventClient.with(served.port) { client in
                            _ = await client.next()
                            if index == 0 { for await _ in goes {} } else { await client.ended() }
                        }
                    }
                }
                try await served.until { served.live.openStreams == 3 }
                try await EventClient.with(served.port) { client in
                    let head = try #require(await client.head())
                    #expect(head.hasPrefix("HTTP/1.1 503 "))
                    #expect(head.contains("Retry-After: 10\r\n"))
                    #expect(head.contains("Content-Type: application/problem+json\r\n"))
                }
                go.finish()
                try await served.until { served.live.openStreams == 2 }
                try await EventClient.with(served.port) { client in
                    #expect(await client.next()?.name == "hello")
                }
                await served.stop()
                try await group.waitForAll()
            }
        }
    }

    @Test func `the end of the server ends all streams at once`() async throws {
        // When connections are cut that do not end.
        var limits = HTTPServerLimits()
        limits.stopping = .seconds(120)
        try await ServedEvents.with(try source(), limits: limits) { served in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await EventClient.with(served.port) { client in
                            _ = await client.next()
                            await client.ended()
                        }
                    }
                }
                try await served.until { served.live.openStreams == 50 }
                let before = ContinuousClock.now
                await served.stop()
                #expect(ContinuousClock.now - before < limits.stopping / 2)
                try await group.waitForAll()
            }
        }
    }
}
