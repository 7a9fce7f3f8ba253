import Foundation
import NIOCore
import NIOWebSocket
import Resilience
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct NIOWebSocketConnectorTests {
    private let connector = NIOWebSocketConnector(messageLimit: 1 << 16)

    /// All messages that come before the end, and the fault that ended them.
    private func read(
        _ url: URL, by connector: NIOWebSocketConnector? = nil
    ) async throws -> (messages: [String], fault: WebSocketFault?) {
        try await (connector ?? self.connector).withConnection(to: url, deadline: .seconds(20)) { connection in
            var messages: [String] = []
            do {
                for try await message in connection.messages {
                    messages.append(String(decoding: message, as: UTF8.self))
                }
            } catch let fault as WebSocketFault {
                return (messages, fault)
            }
            return (messages, nil)
        }
    }

    @Test func `texts go there and back, and the server sees an orderly close`() async throws {
        let (codes, closed) = AsyncStream.makeStream(of: UInt16?.self)
        try await WebSocketPeer.with { session in
            var frames = session.inbound.makeAsyncIterator()
            for _ in 0..<3 {
                if let frame = try await frames.next() { try await session.send(.text, frame.unmaskedData) }
            }
            closed.yield(try await frames.next()?.unmaskedData.getInteger(at: 0))
        } _: { peer in
            let echoes = try await connector.withConnection(to: try peer.url(), deadline: .seconds(20)) { connection in
                var echoes: [String] = []
                var messages = connection.messages.makeAsyncIterator()
                for text in ["a", "", "ö"] {
                    try await connection.send(text)
                    echoes.append(String(decoding: try await messages.next() ?? [], as: UTF8.self))
                }
                return echoes
            }
            #expect(echoes == ["a", "", "ö"])
            for await code in codes.prefix(1) { #expect(code == 1000) }
        }
    }

    @Test func `fragments are joined, pings between them are answered`() async throws {
        let (pongs, ponged) = AsyncStream.makeStream(of: String.self)
        try await WebSocketPeer.with { session in
            try await session.send(.text, ByteBuffer(string: "[1,"), fin: false)
            try await session.send(.ping, ByteBuffer(string: "are you there"))
            for try await frame in session.inbound where frame.opcode == .pong {
                ponged.yield(String(buffer: frame.unmaskedData))
                break
            }
            try await session.send(.continuation, ByteBuffer(string: "2]"))
            try await session.close(1000)
        } _: { peer in
            let end = try await read(try peer.url())
            #expect(end.messages == ["[1,2]"])
            #expect(end.fault == nil)
            for await pong in pongs.prefix(1) { #expect(pong == "are you there") }
        }
    }

    @Test(arguments: [UInt16(1000), 1001]) func `an orderly close is no fault`(code: UInt16) async throws {
        try await WebSocketPeer.with { session in
            try await session.send("last")
            try await session.close(code)
        } _: { peer in
            let end = try await read(try peer.url())
            #expect(end.messages == ["last"])
            #expect(end.fault == nil)
        }
    }

    @Test func `another close is a fault with code and printable reason`() async throws {
        try await WebSocketPeer.with { session in
            try await session.send("last")
            try await session.close(4000, "main\u{1B}[31mtenance\n")
        } _: { peer in
            let end = try await read(try peer.url())
            #expect(end.messages == ["last"])
            let place = "ws://127.0.0.1:\(peer.port)/ws/2"
            #expect(end.fault == .closed(where: place, code: 4000, reason: "main[31mtenance"))
            #expect(end.fault?.disposition == .retryable(after: nil))
        }
    }

    @Test(arguments: [false, true]) func `an end without a close frame is 1006`(abruptly: Bool) async throws {
        try await WebSocketPeer.with { session in
            _ = try await session.inbound.first { _ in true }
            try await session.drop(abruptly: abruptly)
        } _: { peer in
            let fault = try await connector.withConnection(to: try peer.url(), deadline: .seconds(20)) { connection in
                try await connection.send("go")
                return await #expect(throws: WebSocketFault.self) { for try await _ in connection.messages {} }
            }
            #expect(fault == .closed(where: "ws://127.0.0.1:\(peer.port)/ws/2", code: 1006, reason: ""))
        }
    }

    @Test(arguments: [1, 2]) func `a message over the limit is refused, one of just the limit is not`(
        frames: Int
    ) async throws {
        let limit = 1 << 16
        try await WebSocketPeer.with { session in
            try await session.send(String(repeating: "a", count: limit))
            let part = ByteBuffer(repeating: 98, count: limit / frames + 1)
            for number in 1...frames {
                try await session.send(number == 1 ? .text : .continuation, part, fin: number == frames)
            }
            _ = try await session.drain()
        } _: { peer in
            let end = try await read(try peer.url())
            #expect(end.messages.map(\.utf8.count) == [limit])
            #expect(end.fault == .tooLarge(where: "ws://127.0.0.1:\(peer.port)/ws/2", limit: limit))
        }
    }

    @Test func `a frame that continues nothing is malformed`() async throws {
        try await WebSocketPeer.with { session in
            try await session.send(.continuation, ByteBuffer(string: "x"))
            _ = try await session.drain()
        } _: { peer in
            let end = try await read(try peer.url())
            #expect(end.fault?.code == "websocket-malformed")
        }
    }

    @Test func `after our own close the messages end without a fault, and a text has nowhere to go`() async throws {
        try await WebSocketPeer.with {
            _ = try await $0.drain()
        } _: { peer in
            try await connector.withConnection(to: try peer.url(), deadline: .seconds(20)) { connection in
                connection.close(code: 1001)
                for try await _ in connection.messages {}
                let fault = await #expect(throws: WebSocketFault.self) { try await connection.send("late") }
                #expect(fault?.code == "websocket-closed")
            }
        }
    }

    // With one message too many nothing is left unread, and the server is told why. With more the kernel may answer them
    // with a reset, which takes the close frame along.
    @Test(arguments: [11, 30]) func `a reader that does not come ends the connection, not the server's patience`(
        count: Int
    ) async throws {
        let (ends, ended) = AsyncStream.makeStream(of: UInt16?.self)
        try await WebSocketPeer.with { session in
            var code: UInt16?
            do {
                for number in 0..<count { try await session.send("\(number)") }
                code = try await session.drain()
            } catch {
                code = nil
            }
            ended.yield(code)
        } _: { peer in
            let connector = NIOWebSocketConnector(bufferLimit: 10)
            let read = try await connector.withConnection(to: try peer.url(), deadline: .seconds(20)) { connection in
                for await code in ends.prefix(1) { #expect(code == 1008 || (count > 11 && code == nil)) }
                var read: [[UInt8]] = []
                let fault = await #expect(throws: WebSocketFault.self) {
                    for try await message in connection.messages { read.append(message) }
                }
                #expect(fault == .overrun(where: "ws://127.0.0.1:\(peer.port)/ws/2", limit: 10))
                return read
            }
            #expect(read == (0..<10).map { Array("\($0)".utf8) })
        }
    }

    @Test func `20,000 messages come in order`() async throws {
        let count = 20_000
        try await WebSocketPeer.with { session in
            for number in 0..<count { try await session.send("[\(number),[1700000000000,1,2,3,4,5.5]]") }
            try await session.close(1000)
        } _: { peer in
            let clock = ContinuousClock()
            let start = clock.now
            let reader = NIOWebSocketConnector(bufferLimit: count)
            let end = try await read(try peer.url(), by: reader)
            print("WebSocket messages per second:", Int(Double(count) / ((clock.now - start) / .seconds(1))))
            // Not the lists themselves: a failure would print both.
            let isWhole = end.messages == (0..<count).map { "[\($0),[1700000000000,1,2,3,4,5.5]]" }
            #expect(isWhole)
            #expect(end.fault == nil)
        }
    }

    @Test func `cancelling the reader ends it at once, and the server sees the end`() async throws {
        let (ends, ended) = AsyncStream.makeStream(of: UInt16?.self)
        try await WebSocketPeer.with { session in
            try await session.send("first")
            ended.yield(try await session.drain())
        } _: { peer in
            let url = try peer.url()
            let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await connector.withConnection(to: url, deadline: .seconds(20)) { connection in
                        for try await _ in connection.messages { arrived.yield() }
                    }
                }
                for await _ in arrivals.prefix(1) {}
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            for await code in ends.prefix(1) { #expect(code == 1000) }
        }
    }
}
