import NIOCore
import NIOWebSocket

/// Turns the frames of one connection into messages, answers pings, and says how the connection ended.
///
/// It never stops reading: a peer whose pings are not read would end the connection.
final class WebSocketMessageHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame
    typealias Messages = AsyncThrowingStream<[UInt8], any Error>

    private let place: String
    private let messageLimit: Int
    private let bufferLimit: Int
    private let messages: Messages.Continuation
    private var hasEnded = false

    init(place: String, messageLimit: Int, bufferLimit: Int, messages: Messages.Continuation) {
        self.place = place
        self.messageLimit = messageLimit
        self.bufferLimit = bufferLimit
        self.messages = messages
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary: take(frame, context)
        case .ping: write(.pong, frame.unmaskedData, context)
        case .connectionClose: answerClose(frame, context)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength, NIOWebSocketFrameAggregator.Error.accumulatedFrameSizeIsTooLarge,
            NIOWebSocketFrameAggregator.Error.tooManyFragments:
            end(.tooLarge(where: place, limit: messageLimit), saying: .messageTooLarge, context)
        case is NIOWebSocketError, is NIOWebSocketFrameAggregator.Error:
            end(.malformed(where: place), saying: .protocolError, context)
        default:
            end(.closed(where: place, code: 1006, reason: ""), saying: nil, context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.closed(where: place, code: 1006, reason: ""))
        context.fireChannelInactive()
    }

    /// The last event of any channel, so that no reader waits for ever.
    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.closed(where: place, code: 1006, reason: ""))
    }

    /// Ends the messages without an error and the connection with this code.
    func close(code: UInt16, _ context: ChannelHandlerContext) {
        guard !hasEnded else { return }
        end(nil, saying: WebSocketErrorCode(codeNumber: Int(code)), context)
    }

    private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        if case .dropped = messages.yield(Array(frame.unmaskedData.readableBytesView)) {
            end(.overrun(where: place, limit: bufferLimit), saying: .policyViolation, context)
        }
    }

    private func answerClose(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        let close = CloseReason(frame.unmaskedData)
        let fault = WebSocketFault.closed(where: place, code: close.code, reason: close.text)
        end(close.isOrderly ? nil : fault, saying: .normalClosure, context)
    }

    private func end(_ fault: WebSocketFault?, saying code: WebSocketErrorCode?, _ context: ChannelHandlerContext) {
        finish(fault)
        if let code { write(.connectionClose, ByteBuffer(integer: UInt16(webSocketErrorCode: code)), context) }
        context.close(promise: nil)
    }

    private func finish(_ fault: WebSocketFault?) {
        hasEnded = true
        messages.finish(throwing: fault)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}
