/// Runs `work`, and cancels it once `limit` has passed; the error is then `fault`.
///
/// Where the caller is cancelled, the error is `CancellationError`, whatever `work` says.
package func withDeadline<T: Sendable>(
    _ limit: Duration, of clock: any Clock<Duration>, orThrow fault: some Error,
    _ work: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await clock.sleep(for: limit)
            throw fault
        }
        defer { group.cancelAll() }
        do {
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        } catch {
            throw Task.isCancelled ? CancellationError() : error
        }
    }
}
