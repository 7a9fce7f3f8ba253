import CommandRuntime
import Foundation
import Resilience
import Transport

/// Tells a dead man's switch that a run began, and how it ended: `ADDRESS/start`, then `ADDRESS/EXIT-CODE`.
///
/// What becomes of it changes no result: a failure is a note, which never says the address.
struct DeadManPing<C: Clock>: Sendable where C.Duration == Duration {
    private let address: SecretAddress
    private let transport: any HTTPTransport
    private let clock: C
    private let note: @Sendable (String) -> Void

    /// `clock` measures the waits between attempts; `note` gets one line where nobody was told.
    init(
        _ address: SecretAddress, over transport: any HTTPTransport, clock: C = ContinuousClock(),
        note: @escaping @Sendable (String) -> Void
    ) {
        self.address = address
        self.transport = transport
        self.clock = clock
        self.note = note
    }

    /// Takes no longer than 33 seconds; ends at once where the task is cancelled.
    func start() async { await send("start") }

    /// Like `start`: a run that was stopped tells its end from a task that is not cancelled.
    func end(_ status: ExitStatus) async { await send(String(status.rawValue)) }

    private static var policy: RetryPolicy {
        RetryPolicy(attempts: 3, backoff: Backoff(base: .seconds(1), cap: .seconds(2)))
    }

    private func send(_ word: String) async {
        let call = HTTPCall(url: address.url.appending(path: word), deadline: .seconds(10), bodyLimit: 1 << 20)
        var status: Int?
        do {
            try await Self.policy.run(clock: clock) { _ in
                status = nil
                let answer = try await transport.send(call).status
                status = answer
                if answer >= 500 || answer == 429 { throw Self.trouble }
            }
        } catch is CancellationError {
            return
        } catch {
            // The fault's own words would name the address.
            if status == nil { note("\(Self.place) was not reached; the run goes on all the same") }
        }
        if let status, !(200..<300).contains(status) {
            note("\(Self.place) answered with status \(status); the run goes on all the same")
        }
    }

    /// A server that is overloaded may take the next attempt.
    private static var trouble: TransportFault { .unreachable(where: place, reason: "it is in trouble") }

    private static var place: String { "the address in BACKUP_PING_URL" }
}
