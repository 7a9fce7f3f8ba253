import Foundation
import NIOCore

extension Channel {
    /// Closes the connection with a TCP reset instead of an orderly end.
    func reset() async throws {
        if let socket = self as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close()
    }

    /// Returns when the connection has ended or the task is cancelled.
    func untilClosed() async {
        let (ending, continuation) = AsyncStream.makeStream(of: Never.self)
        closeFuture.whenComplete { _ in continuation.finish() }
        for await _ in ending {}
    }
}
