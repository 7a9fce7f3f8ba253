import NIOConcurrencyHelpers

/// Lets a few work at a time; the others wait, and who came first goes first.
final class ConcurrencyLimit: Sendable {
    private struct Waiter {
        let number: Int
        let turn: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var number = 0
        var waiters: [Waiter] = []
    }

    private let room: Int
    private let state: NIOLockedValueBox<State>

    /// `atOnce` work, and `room` more may wait.
    init(atOnce: Int, room: Int) {
        self.room = room
        state = NIOLockedValueBox(State(free: atOnce))
    }

    /// How many wait.
    var waiting: Int { state.withLockedValue { $0.waiters.count } }

    /// What `work` gives, in its turn.
    ///
    /// - Throws: What `work` throws; an `APIProblem` at once where too many wait; `CancellationError`, also while it waits.
    func take<T>(_ work: () async throws -> T) async throws -> T {
        try await begin()
        defer { end() }
        try Task.checkCancellation()
        return try await work()
    }

    private func begin() async throws {
        let number = state.withLockedValue { state in
            state.number += 1
            return state.number
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { turn in
                if let outcome = enter(Waiter(number: number, turn: turn)) { turn.resume(with: outcome) }
            }
        } onCancel: {
            leave(number)?.resume(throwing: CancellationError())
        }
    }

    /// Nil where the turn comes later.
    private func enter(_ waiter: Waiter) -> Result<Void, any Error>? {
        state.withLockedValue { state in
            // Of a cancelled task, the handler has run before this, or runs after it.
            if Task.isCancelled { return .failure(CancellationError()) }
            if state.free > 0 {
                state.free -= 1
                return .success(())
            }
            if state.waiters.count >= room { return .failure(Self.tooMany) }
            state.waiters.append(waiter)
            return nil
        }
    }

    private func leave(_ number: Int) -> CheckedContinuation<Void, any Error>? {
        state.withLockedValue { state in
            let index = state.waiters.firstIndex { $0.number == number }
            return index.map { state.waiters.remove(at: $0).turn }
        }
    }

    /// The turn goes on to who has waited longest.
    private func end() {
        let next: Waiter? = state.withLockedValue { state in
            if state.waiters.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.turn.resume()
    }

    private static var tooMany: APIProblem {
        APIProblem(
            .busy, "too many long pages are asked for at once",
            hint: "ask again in a few seconds, or for fewer bars at a time")
    }
}
