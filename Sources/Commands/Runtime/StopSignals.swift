import NIOConcurrencyHelpers
import UnixSignals

/// Turns SIGTERM and Ctrl-C into an orderly end: first a word, then, after a while, cancellation.
package final class StopSignals: Sendable {
    private let stopping = NIOLockedValueBox(false)

    package init() {}

    /// True from the first signal on.
    package var isStopping: Bool { stopping.withLockedValue { $0 } }

    /// Runs `body`; a signal sets `isStopping` and calls `onStop`, and what then still runs after `grace`, or at a second signal, is
    /// cancelled.
    package func run<T: Sendable>(
        grace: Duration, onStop: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        // Before anything is begun that a signal would cut.
        let arriving = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var signals = arriving.makeAsyncIterator()
                guard await signals.next() != nil else { return nil }
                self.stopping.withLockedValue { $0 = true }
                onStop()
                await Self.waitForSignal(orFor: grace)
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    private static func waitForSignal(orFor grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var signals = await UnixSignalsSequence(trapping: .sigterm, .sigint).makeAsyncIterator()
                _ = await signals.next()
            }
            // Cut short by cancellation, which is as good as its end.
            group.addTask { try? await Task.sleep(for: grace) }
            await group.next()
            group.cancelAll()
        }
    }
}
