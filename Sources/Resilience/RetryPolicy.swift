/// How often an operation is tried, and how long to wait in between.
package struct RetryPolicy: Sendable, Equatable {
    /// Tries in all, the first one included; at least 1.
    package let attempts: Int
    package let backoff: Backoff
    /// A server that asks for a longer wait than this is not waited for: its error is thrown.
    package let longestWait: Duration
    /// After the attempts it goes on for so long, at growing distances; nil where it does not.
    package let patience: Patience?

    package init(
        attempts: Int, backoff: Backoff, longestWait: Duration = .seconds(300), patience: Patience? = nil
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.longestWait = longestWait
        self.patience = patience
    }

    /// Runs `operation`, again where its error says that trying again can help.
    ///
    /// `onRetry` is told the attempt that failed, its error and the wait that follows; `isAway` chooses what patience is for;
    /// `operation` is given the number of the attempt, from 1. Throws the last error, or `CancellationError` where the task was cancelled while it waited.
    package func run<C: Clock, T>(
        clock: C,
        onRetry: (_ attempt: Int, _ error: any Fault, _ wait: Duration) -> Void = { _, _, _ in },
        isAway: (any Fault) -> Bool = { _ in true },
        operation: (_ attempt: Int) async throws -> T
    ) async throws -> T where C.Duration == Duration {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        var failedAt: C.Instant?
        while true {
            do {
                return try await operation(attempt)
            } catch {
                let now = clock.now
                let waited = (failedAt ?? now).duration(to: now)
                failedAt = failedAt ?? now
                guard let fault = error as? any Fault, !Task.isCancelled, attempt < attempts || isAway(fault),
                    let wait = wait(after: fault, attempt: attempt, waited: waited, using: &generator)
                else { throw error }
                onRetry(attempt, fault, wait)
                try await clock.sleep(until: clock.now.advanced(by: wait), tolerance: nil)
                attempt += 1
            }
        }
    }

    private func wait(
        after fault: any Fault, attempt: Int, waited: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard case .retryable(let floor) = fault.disposition else { return nil }
        if attempt >= attempts {
            return patience?.pause(before: attempt - attempts + 1, waited: waited, floor: floor, using: &generator)
        }
        if floor ?? .zero > longestWait { return nil }
        return backoff.delay(attempt: attempt, floor: floor, using: &generator)
    }
}
