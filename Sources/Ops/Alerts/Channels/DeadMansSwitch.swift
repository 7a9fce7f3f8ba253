package import Foundation
package import Host
import Resilience
package import Transport

/// Tells a dead man's switch, which warns a person when it hears nothing for too long.
///
/// What becomes of it changes no result: a failure is a note, which never says the address.
///
/// - Source: <https://healthchecks.io/docs/http_api/>
package struct DeadMansSwitch<C: Clock>: Sendable where C.Duration == Duration {
    private let address: Secret<URL>
    private let setting: String
    private let transport: any HTTPTransport
    private let clock: C
    private let note: @Sendable (String) -> Void

    /// `setting` is the name of the setting that holds the address, which notes name; `clock` measures the waits between
    /// attempts; `note` gets one line where nobody was told.
    package init(
        _ address: Secret<URL>, setting: String, over transport: any HTTPTransport, clock: C = ContinuousClock(),
        note: @escaping @Sendable (String) -> Void
    ) {
        self.address = address
        self.setting = setting
        self.transport = transport
        self.clock = clock
        self.note = note
    }

    /// Says that all is well; whether it was heard.
    ///
    /// Like the others it takes no longer than 33 seconds, and ends at once where the task is cancelled.
    @discardableResult package func ping() async -> Bool { await send(nil) }

    /// Says what is wrong, at `ADDRESS/fail`; the switch keeps at most 10 kB of it.
    @discardableResult package func fail(_ body: String) async -> Bool {
        await send("fail", Array(body.utf8.prefix(10_000)))
    }

    /// Says that a run began, at `ADDRESS/start`.
    @discardableResult package func start() async -> Bool { await send("start") }

    /// Says how a run ended, at `ADDRESS/EXIT-CODE`: one that was stopped tells its end from a task that is not cancelled.
    @discardableResult package func end(_ exitCode: Int32) async -> Bool { await send(String(exitCode)) }

    private static var policy: RetryPolicy {
        RetryPolicy(attempts: 3, backoff: Backoff(base: .seconds(1), cap: .seconds(2)))
    }

    private func send(_ word: String?, _ body: [UInt8]? = nil) async -> Bool {
        let url = word.map { address.value.appending(path: $0) } ?? address.value
        let call = HTTPCall(
            url: url, method: body == nil ? "GET" : "POST",
            headers: body == nil ? [:] : ["Content-Type": "text/plain; charset=utf-8"], body: body,
            deadline: .seconds(10), bodyLimit: 1 << 20)
        var last: HTTPReply?
        do {
            try await Self.policy.run(clock: clock) { _ in
                last = nil
                try Task.checkCancellation()
                let reply = try await reply(to: call)
                last = reply
                if reply.status >= 500 || reply.status == 429 { throw Trouble() }
            }
        } catch is CancellationError {
            return false
        } catch is HeldBack {
            return unheard("is not asked, since too many calls failed")
        } catch {
            // The fault's own words would name the address.
            if last == nil { return unheard("was not reached") }
        }
        guard let last else { return false }
        guard (200..<300).contains(last.status) else { return unheard("answered with status \(last.status)") }
        return isHeard(last.body)
    }

    private func reply(to call: HTTPCall) async throws -> HTTPReply {
        do {
            return try await transport.send(call)
        } catch is CircuitOpen {
            throw HeldBack()
        }
    }

    /// Healthchecks answers with status 200 also where the ping is of no use.
    private func isHeard(_ body: [UInt8]) -> Bool {
        let words = String(decoding: body.prefix(200), as: UTF8.self).lowercased()
        if words.hasPrefix("ok (not found)") { return unheard("says that there is no such check") }
        if words.hasPrefix("ok (rate limited)") { return unheard("says that it is pinged too often") }
        return true
    }

    private func unheard(_ what: String) -> Bool {
        note("the address in \(setting) \(what); the run goes on all the same")
        return false
    }
}

/// A server that is overloaded may take the next attempt.
private struct Trouble: Fault {
    var code: String { TransportFault.unreachable(where: "", reason: "").code }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String { "it is in trouble" }
}

/// A circuit breaker keeps calls back; to wait for it would take too long.
private struct HeldBack: Fault {
    var code: String { "circuit-open" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .permanent }
    var summary: String { "calls are held back" }
}
