import NIOConcurrencyHelpers

/// Lets those who want the same thing at the same time wait for the one of them who makes it.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Nil tells that the maker was cancelled, so that somebody else must make it.
    private typealias Outcome = Result<Value, any Error>?
    private typealias Waiters = [Int: CheckedContinuation<Outcome, Never>]

    private struct State {
        var waiters: [Key: Waiters] = [:]
        var number = 0
    }

    private let state = NIOLockedValueBox(State())

    /// What `make` gives, whoever's it is that runs.
    ///
    /// - Throws: What `make` throws, to all who wait; `CancellationError` to who is cancelled, and to nobody else.
    func value(for key: Key, _ make: () async throws -> Value) async throws -> Value {
        while true {
            try Task.checkCancellation()
            if begins(key) { return try await lead(key, make) }
            if let outcome = await wait(for: key) { return try outcome.get() }
        }
    }

    /// How many wait for others.
    var waiting: Int { state.withLockedValue { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    private func lead(_ key: Key, _ make: () async throws -> Value) async throws -> Value {
        do {
            let value = try await make()
            end(key, .success(value))
            return value
        } catch {
            let isCancelled = error is CancellationError || Task.isCancelled
            end(key, isCancelled ? nil : .failure(error))
            throw error
        }
    }

    private func begins(_ key: Key) -> Bool {
        state.withLockedValue { state in
            if state.waiters[key] != nil { return false }
            state.waiters[key] = [:]
            return true
        }
    }

    private func end(_ key: Key, _ outcome: Outcome) {
        let waiters = state.withLockedValue { $0.waiters.removeValue(forKey: key) } ?? [:]
        for waiter in waiters.values { waiter.resume(returning: outcome) }
    }

    private func wait(for key: Key) async -> Outcome {
        let number = state.withLockedValue { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLockedValue { state in
                    // Of a cancelled task, the handler has run before this, or runs after it.
                    if state.waiters[key] == nil || Task.isCancelled { return false }
                    state.waiters[key]?[number] = continuation
                    return true
                }
                if !isWaiting { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let continuation = state.withLockedValue { $0.waiters[key]?.removeValue(forKey: number) }
            continuation?.resume(returning: nil)
        }
    }
}
