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
    /// So many answers more, and the connection ends.
    private var answersLeft: Int?
    /// The last request has come.
    private var isDeaf = false
    private var isAnswering = false
    private var isEnding = false
    /// The last answer is on its way, and the sending side closed.
    private var isSent = false
    /// When the bytes came that are being read; nil between reads.
    private var arrival: NIODeadline?

    init(_ limits: HTTPServerLimits) {
        self.limits = limits
        deadlines = ConnectionDeadlines(limits, acceptedAt: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) { setAlarm(context) }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.task.cancel() }

    /// Told by what stands before the decoder.
    func bytesCame() {
        let now = NIODeadline.now()
        arrival = now
        deadlines.bytesCame(at: now)
    }

    /// What is done to the bytes of one read happens at one moment.
    private var now: NIODeadline { arrival ?? .now() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isEnding || isDeaf { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            deadlines.headCame(at: now)
            if !head.isKeepAlive || head.version != .http1_1 { answersLeft = deadlines.answersOwed }
        case .body: break
        case .end:
            deadlines.requestCame(at: now)
            isDeaf = answersLeft != nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        setAlarm(context)
        context.fireChannelReadComplete()
        arrival = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isEnding {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where !head.status.isInformational:
            isAnswering = true
            if head.headers[canonicalForm: "connection"].contains("close") { answersLeft = 1 }
            if answersLeft == 1 { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body: context.write(data, promise: promise)
        case .end:
            isAnswering = false
            deadlines.answered(at: now)
            if answersLeft == 1 { return endAfter(data, promise, context) }
            answersLeft = answersLeft.map { $0 - 1 }
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
        if isSent, case .inputClosed? = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Writes the end of the last answer, and gives the client a moment to read it: to close at once would reset a connection
    /// on which the client still sends, and the answer could be lost.
    private func endAfter(_ end: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        isEnding = true
        context.writeAndFlush(end, promise: promise)
        let sent = context.eventLoop.makePromise(of: Void.self)
        let timer = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in
            let (timer, context) = timer.value
            timer.isSent = true
            timer.deadlines.end(within: timer.limits.linger, at: .now())
            if context.channel.isActive { timer.setAlarm(context) }
        }
        context.close(mode: .output, promise: sent)
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
        // The client would take it for the answer to a request before this one.
        let isInTurn = !isAnswering && deadlines.answersOwed <= 1
        guard deadlines.expiry == .answer, isInTurn else { return context.close(promise: nil) }
        answersLeft = 1
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

/// By when a connection must have gone on.
///
/// No client can put a deadline off by sending little: each runs from the beginning of what it limits.
struct ConnectionDeadlines {
    enum Expiry: Sendable, Equatable {
        /// Half a request came: it is answered, as far as that is still possible.
        case answer
        case close
    }

    private enum Reading {
        /// No byte of a request has come since then.
        case nothing(since: NIODeadline)
        case head(since: NIODeadline)
        case body(since: NIODeadline)
    }

    private let limits: HTTPServerLimits
    private var reading: Reading
    private var hasBytes = false
    private(set) var answersOwed = 0
    private var stalledSince: NIODeadline?
    private var lastMoment: NIODeadline?

    init(_ limits: HTTPServerLimits, acceptedAt now: NIODeadline) {
        self.limits = limits
        reading = .head(since: now)
    }

    /// The moment at which the connection ends unless something happens; nil while the server is at work on an answer.
    var deadline: NIODeadline? { Self.earlier(requestDeadline, Self.earlier(stallDeadline, lastMoment)) }

    /// What is to be done at the deadline.
    var expiry: Expiry {
        if lastMoment != nil || stalledSince != nil { return .close }
        switch reading {
        case .nothing: return .close
        case .head: return hasBytes ? .answer : .close
        case .body: return .answer
        }
    }

    mutating func bytesCame(at now: NIODeadline) {
        hasBytes = true
        if case .nothing = reading { reading = .head(since: now) }
    }

    mutating func headCame(at now: NIODeadline) {
        reading = .body(since: now)
        answersOwed += 1
    }

    mutating func requestCame(at now: NIODeadline) {
        reading = .nothing(since: now)
        hasBytes = false
    }

    mutating func answered(at now: NIODeadline) {
        answersOwed = max(0, answersOwed - 1)
        // While it had an answer to wait for, the client could not be expected to go on.
        switch reading {
        case .nothing: reading = .nothing(since: now)
        case .head: reading = .head(since: now)
        case .body: break
        }
    }

    /// Whether the client takes what is written.
    mutating func flows(_ isFlowing: Bool, at now: NIODeadline) {
        stalledSince = isFlowing ? nil : stalledSince ?? now
    }

    /// The connection ends within `time`, whatever happens.
    mutating func end(within time: Duration, at now: NIODeadline) {
        let moment = now + TimeAmount(time)
        lastMoment = min(lastMoment ?? moment, moment)
    }

    private static func earlier(_ left: NIODeadline?, _ right: NIODeadline?) -> NIODeadline? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    private var requestDeadline: NIODeadline? {
        switch reading {
        case .nothing(let since): answersOwed > 0 ? nil : since + TimeAmount(limits.idle)
        case .head(let since): answersOwed > 0 ? nil : since + TimeAmount(limits.head)
        case .body(let since): since + TimeAmount(limits.body)
        }
    }

    private var stallDeadline: NIODeadline? { stalledSince.map { $0 + TimeAmount(limits.stall) } }
}
