import Candles
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOWebSocket

/// Carries a session: one task reads, one looks at the clock, and both send what the session says.
struct WebSocketConnection: Sendable {
    /// How long a client may take to answer a close frame.
    private static let closing = Duration.seconds(10)

    let channel: UpgradableChannel.WebSocket
    let session: NIOLockedValueBox<WebSocketSession>
    let clock: ReplayClock
    let interval: Duration
    let countFrames: @Sendable (Int) -> Void

    /// Serves until either side ends it, or the task is cancelled.
    func run(serverID: String) async {
        // What a broken connection throws is its end, as any other.
        try? await channel.executeThenClose { inbound, _ in
            advance { $0.open(serverID: serverID, at: $1) }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await read(inbound) }
                group.addTask { try? await watchClock() }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async throws {
        for try await frame in inbound {
            var data = frame.unmaskedData
            switch frame.opcode {
            case .text:
                let text = Data(data.readableBytesView)
                let ending = advance { $0.receive(text, at: $1) }
                if try await finish(ending) { return }
            case .ping: if !session.withLockedValue({ $0.isStalled }) { send(.pong, data) }
            case .connectionClose: return send(.connectionClose, data.readSlice(length: min(2, data.readableBytes)))
            default: continue
            }
        }
    }

    private func watchClock() async throws {
        var due = clock.now()
        while !Task.isCancelled {
            due += interval.milliseconds
            let now = clock.now()
            if due > now { try await clock.sleep(.milliseconds(due - now)) } else { due = now }
            let ending = advance { $0.tick(at: $1) }
            if try await finish(ending) { return }
            if ending != nil { return try await clock.sleep(WebSocketConnection.closing) }
        }
    }

    /// Lets the session do something, and sends what it then says, before anybody else can.
    @discardableResult private func advance(
        _ body: (inout WebSocketSession, UnixMilliseconds) -> Void
    ) -> WebSocketSession.Ending? {
        session.withLockedValue { session in
            if let ending = session.ending { return ending }
            guard channel.channel.isWritable else { return .reset }
            body(&session, clock.now())
            let texts = session.takeTexts()
            for text in texts {
                channel.channel.write(WebSocketFrame(fin: true, opcode: .text, data: text), promise: nil)
            }
            if !texts.isEmpty { channel.channel.flush() }
            countFrames(texts.count)
            if case .close(let status) = session.ending {
                send(.connectionClose, ByteBuffer(integer: UInt16(status)))
            }
            return session.ending
        }
    }

    /// Whether the connection is over at once.
    private func finish(_ ending: WebSocketSession.Ending?) async throws -> Bool {
        switch ending {
        case nil, .close: return false
        case .abort: return true
        case .reset:
            try await channel.channel.reset()
            return true
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer?) {
        channel.channel.writeAndFlush(
            WebSocketFrame(fin: true, opcode: opcode, data: data ?? ByteBuffer()), promise: nil)
    }
}
