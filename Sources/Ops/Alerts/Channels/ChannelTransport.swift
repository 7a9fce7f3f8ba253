import Resilience
import Transport

/// Sends the calls of one channel; what it says of a failure names no address, since the address is a secret.
struct ChannelTransport: Sendable {
    let channel: String
    let transport: any HTTPTransport

    /// - Throws: `ChannelFault.unavailable` where the other side has seen nothing of it, `.unknownOutcome` where nobody can say,
    ///   or `CancellationError`.
    func send(_ call: HTTPCall) async throws -> HTTPReply {
        var call = call
        // A kept connection that the server has just closed would look like an unknown outcome.
        call.headers["Connection"] = "close"
        do {
            return try await transport.send(call)
        } catch is CancellationError {
            throw CancellationError()
        } catch TransportFault.notConnected(_, let reason, _) {
            throw ChannelFault.unavailable(channel: channel, reason: reason, after: nil)
        } catch TransportFault.timedOut(_, let limit) {
            let reason = "no whole reply within \(limit.components.seconds) s"
            throw ChannelFault.unknownOutcome(channel: channel, reason: reason)
        } catch TransportFault.unreachable(_, let reason) {
            throw ChannelFault.unknownOutcome(channel: channel, reason: reason)
        } catch TransportFault.tooLarge {
            throw ChannelFault.unknownOutcome(channel: channel, reason: "its reply is too large")
        } catch let error as any Fault where error.disposition != .permanent {
            throw ChannelFault.unavailable(channel: channel, reason: error.code, after: nil)
        } catch {
            throw ChannelFault.unknownOutcome(channel: channel, reason: "the call failed")
        }
    }
}

extension HTTPReply {
    /// `Retry-After` in seconds, also where it is a date; nil where there is none.
    var retryAfter: Double? { retryAfter(at: nil).map { $0 / .seconds(1) } }
}

extension Duration {
    /// A wait that a server asks for, kept between one second and `longest`.
    static func wait(_ seconds: Double, longest: Double) -> Duration {
        .milliseconds(Int64((min(max(seconds.isFinite ? seconds : longest, 1), longest) * 1000).rounded(.up)))
    }
}

extension String {
    /// What another side said, short, on one line, and without a secret that it may have repeated.
    func quoted(without secret: String) -> String {
        hiding(secret).split(whereSeparator: \.isNewline).joined(separator: " ").shortened(to: 200)
    }
}
