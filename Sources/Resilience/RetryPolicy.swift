/// How often an operation is tried, and how long to wait in between.
package struct RetryPolicy: Sendable, Equatable {
    /// Tries in all, the first one included; at least 1.
    package let attempts: Int
    package let backoff: Backoff
    /// A server that asks for a longer wait than this is not waited for: its error is thrown.
    package let longestWait: Duration

    package init(attempts: Int, backoff: Backoff, longestWait: Duration = .seconds(300)) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.longestWait = longestWait
    }

    /// Runs `operation`, again where its error says that trying again can help.
    ///
    /// `onRetry` is told the attempt that failed, its error and the wait that follows; `operation` is given the number of the
    /// attempt, from 1. Throws the last error, or `CancellationError` where the task was cancelled while it waited.
    package func run<C: Clock, T>(
        clock: C,
        onRetry: (_ attempt: Int, _ error: any Fault, _ wait: Duration) -> Void = { _, _, _ in },
        operation: (_ attempt: Int) async throws -> T
    ) async throws -> T where C.Duration == Duration {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            do {
                return try await operation(attempt)
            } catch {
                guard let fault = error as? any Fault, attempt < attempts, !Task.isCancelled,
                    let wait = wait(after: fault, attempt: attempt, using: &generator)
                else { throw error }
                onRetry(attempt, fault, wait)
                try await clock.sleep(until: clock.now.advanced(by: wait), tolerance: nil)
                attempt += 1
            }
        }
    }

    private func wait(
        after fault: any Fault, attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard case .retryable(let floor) = fault.disposition, floor ?? .zero <= longestWait else {
            return nil
        }
        return backoff.delay(attempt: attempt, floor: floor, using: &generator)
    }
}
