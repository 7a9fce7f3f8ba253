package import Journal
import Resilience
package import Transport

/// Keeps calls back while too many failed: a reply that says that the server is in trouble is a failure.
///
/// Without the journal there is no breaker. Throws `CircuitOpen` where a call is kept back.
package struct BreakingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let breaker: SharedCircuitBreaker

    package init(_ transport: any HTTPTransport, breaker: SharedCircuitBreaker) {
        self.transport = transport
        self.breaker = breaker
    }

    package func send(_ call: HTTPCall) async throws -> HTTPReply {
        guard let permit = try await admit() else { return try await transport.send(call) }
        do {
            let reply = try await transport.send(call)
            // What cannot be noted changes no result.
            try? await breaker.record(permit, succeeded: reply.status < 500 && reply.status != 429)
            return reply
        } catch is CancellationError {
            try? await breaker.cancel(permit)
            throw CancellationError()
        } catch {
            try? await breaker.record(permit, succeeded: false)
            throw error
        }
    }

    private func admit() async throws -> BreakerPermit? {
        do {
            return try await breaker.admit()
        } catch is JournalFault {
            return nil
        }
    }
}
