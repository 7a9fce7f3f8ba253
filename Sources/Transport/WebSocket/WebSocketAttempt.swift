import NIOConcurrencyHelpers
import NIOCore

/// One try to connect, which can be given up at any moment.
struct WebSocketAttempt: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isAbandoned = false
    }

    let opened: EventLoopPromise<any Channel>
    private let state = NIOLockedValueBox(State())

    init(on loop: any EventLoop) { opened = loop.makePromise() }

    /// Takes a channel that may become the connection; a host of two addresses may have two.
    ///
    /// - Throws: `CancellationError` after `abandon`.
    func adopt(_ channel: any Channel) throws {
        let isAbandoned = state.withLockedValue { state in
            state.channels.append(channel)
            return state.isAbandoned
        }
        if isAbandoned { throw CancellationError() }
    }

    /// Answers whoever waits with this error, and closes what is open.
    func abandon(_ error: any Error) {
        opened.fail(error)
        let channels = state.withLockedValue { state in
            state.isAbandoned = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
