import NIOCore

/// One open connection.
///
/// A value of closures, so that a test can make one without a server.
package struct WebSocketConnection: Sendable {
    /// What the other side sends, for one reader.
    package let messages: WebSocketMessages
    private let sendText: @Sendable (String) async throws -> Void
    private let sendClose: @Sendable (UInt16) -> Void

    package init(
        messages: AsyncThrowingStream<[UInt8], any Error>,
        send: @escaping @Sendable (String) async throws -> Void,
        close: @escaping @Sendable (UInt16) -> Void
    ) {
        self.messages = WebSocketMessages(stream: messages)
        sendText = send
        sendClose = close
    }

    /// Sends one text message and waits until the socket has taken it.
    ///
    /// - Throws: `WebSocketFault.closed` with code 1006 where the connection has ended; `CancellationError`.
    package func send(_ text: String) async throws { try await sendText(text) }

    /// Says that no more comes from this side and ends the connection; `messages` then ends without an error.
    package func close(code: UInt16 = 1000) { sendClose(code) }
}

/// The whole messages of a connection, in order, each as its bytes; fragments are joined and pings answered.
///
/// It ends without an error after a close with 1000 or 1001 by the other side and after our own close; any other end
/// throws a `WebSocketFault`. The messages that came before the end are given first.
///
/// - Important: A reader whose task is cancelled gets `CancellationError`, and nothing comes after it: a limit for one
///   message must not be a race that cancels the reader.
package struct WebSocketMessages: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = any Error

    let stream: AsyncThrowingStream<[UInt8], any Error>

    package func makeAsyncIterator() -> Iterator { Iterator(messages: stream.makeAsyncIterator()) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var messages: AsyncThrowingStream<[UInt8], any Error>.Iterator

        package mutating func next() async throws -> [UInt8]? { try await next(isolation: #isolation) }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> [UInt8]? {
            if let message = try await messages.next(isolation: actor) { return message }
            // The stream calls a cancelled reader's end an orderly one.
            try Task.checkCancellation()
            return nil
        }
    }
}

/// What a close frame says.
struct CloseReason: Equatable {
    /// 1005 where the frame had none.
    let code: UInt16
    /// Printable characters only, at most 123 bytes by the protocol.
    let text: String

    init(_ data: ByteBuffer) {
        var data = data
        code = data.readInteger() ?? 1005
        let words = String(decoding: data.readableBytesView.prefix(123), as: UTF8.self)
        text = String(words.unicodeScalars.filter { !$0.properties.generalCategory.isControl })
    }

    /// The other side was done, or goes away for a while.
    var isOrderly: Bool { code == 1000 || code == 1001 }
}

extension Unicode.GeneralCategory {
    fileprivate var isControl: Bool { self == .control || self == .format || self == .lineSeparator }
}
