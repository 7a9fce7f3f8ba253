import NIOCore
import NIOHTTP1

/// Ends connections whose deadline has come, and those whose last answer was given.
///
/// Stands right behind the decoder, so that it sees requests when they come, and not when it is their turn.
final class ConnectionTimer: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPServerLimits
    private var deadlines: ConnectionDeadlines
    private var alarm: (at: NIODeadline, task: Scheduled<Void>)?
    /// The answer that is being given is the last.
    private var isLast = false
    private var isAnswering = false
    private var isEnding = false

    init(_ limits: HTTPServerLimits) {
        self.limits = limits
        deadlines = ConnectionDeadlines(limits, acceptedAt: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) { setAlarm(context) }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.task.cancel() }

    /// Told by what stands before the decoder.
    func bytesCame() { deadlines.bytesCame(at: .now()) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isEnding { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            deadlines.headCame(at: .now())
            if !head.isKeepAlive || head.version != .http1_1 { isLast = true }
        case .body: break
        case .end: deadlines.requestCame(at: .now())
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        setAlarm(context)
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isEnding {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where !head.status.isInformational:
            isAnswering = true
            if head.headers[canonicalForm: "connection"].contains("close") { isLast = true }
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body: context.write(data, promise: promise)
        case .end:
            isAnswering = false
            deadlines.answered(at: .now())
            if isLast { return endAfter(data, promise, context) }
            context.write(data, promise: promise)
            setAlarm(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadlines.flows(context.channel.isWritable, at: .now())
        setAlarm(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            deadlines.end(within: limits.stopping, at: .now())
            setAlarm(context)
        }
        if isEnding, case .inputClosed? = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Writes the end of the last answer, and gives the client a moment to read it: to close at once would reset a connection
    /// on which the client still sends, and the answer could be lost.
    private func endAfter(_ end: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        isEnding = true
        context.writeAndFlush(end, promise: promise)
        context.close(mode: .output, promise: nil)
        deadlines.end(within: limits.linger, at: .now())
        setAlarm(context)
    }

    /// One alarm serves many requests: it is set anew only where the deadline has come nearer.
    private func setAlarm(_ context: ChannelHandlerContext) {
        guard let deadline = deadlines.deadline else { return }
        if let alarm, alarm.at <= deadline { return }
        alarm?.task.cancel()
        let timer = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (timer, context) = timer.value
            timer.ring(context)
        }
        alarm = (deadline, task)
    }

    private func ring(_ context: ChannelHandlerContext) {
        alarm = nil
        guard let deadline = deadlines.deadline else { return }
        if deadline > .now() { return setAlarm(context) }
        guard deadlines.expiry == .answer, !isAnswering else { return context.close(promise: nil) }
        isLast = true
        for part in Refusal.late.parts(toHead: false) {
            write(context: context, data: wrapOutboundOut(part), promise: nil)
        }
    }
}

/// Tells the timer of bytes before they are decoded.
final class ArrivalBell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timer: ConnectionTimer

    init(_ timer: ConnectionTimer) { self.timer = timer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        timer.bytesCame()
        context.fireChannelRead(data)
    }
}
