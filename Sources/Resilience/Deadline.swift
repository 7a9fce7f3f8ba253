/// Runs `work` to its end; once `limit` has passed, runs `atExpiry`, cancels `work`, and throws `fault`; where the caller is
/// cancelled, throws `CancellationError`, whatever `work` says.
package func withDeadline<T: Sendable>(
    _ limit: Duration, of clock: any Clock<Duration> = ContinuousClock(), orThrow fault: some Error,
    atExpiry: @Sendable () async -> Void = {}, _ work: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
        group.addTask { .some(try await work()) }
        group.addTask {
            try await clock.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        do {
            if case let result?? = try await group.next() { return result }
        } catch {
            throw Task.isCancelled ? CancellationError() : error
        }
        await atExpiry()
        throw fault
    }
}
