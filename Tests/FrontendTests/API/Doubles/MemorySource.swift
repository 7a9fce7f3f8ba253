import Candles
import Frontend
import NIOConcurrencyHelpers
import Resilience
import Storage

/// A database in memory that a test can change, take away, and hold up.
final class MemorySource: DashboardSource {
    private struct State: Sendable {
        var reader = MemoryReader()
        var version = 0
        var condition = DatabaseCondition(kind: .sqlite, state: .ok)
        var operations: [HostOperations] = []
        var failure: (any Error)?
        var reads = 0
    }

    private let state = NIOLockedValueBox(State())
    private let gate: @Sendable () async -> Void

    /// `gate` is passed by each read.
    init(_ histories: [MemoryHistory] = [], gate: @escaping @Sendable () async -> Void = {}) {
        self.gate = gate
        state.withLockedValue { $0.reader.histories = histories }
    }

    var version: Int { state.withLockedValue { $0.version } }
    var condition: DatabaseCondition { state.withLockedValue { $0.condition } }
    var reads: Int { state.withLockedValue { $0.reads } }

    /// Changes what there is to read, and the version.
    func change(_ body: (inout MemoryReader) -> Void) {
        state.withLockedValue { state in
            body(&state.reader)
            state.version += 1
        }
    }

    func set(_ condition: DatabaseCondition) {
        state.withLockedValue { state in
            state.condition = condition
            state.version += 1
        }
    }

    func set(_ operations: [HostOperations]) {
        state.withLockedValue { state in
            state.operations = operations
            state.version += 1
        }
    }

    /// What reads throw from now on.
    func fail(with error: (any Error)?) { state.withLockedValue { $0.failure = error } }

    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        await gate()
        let state = state.withLockedValue { state in
            state.reads += 1
            return state
        }
        if state.condition.state == .unavailable { throw DatabaseUnavailable(state.condition) }
        if let failure = state.failure { throw failure }
        return try await body(state.reader)
    }

    func operations() async throws -> [HostOperations] {
        let state = state.withLockedValue(\.self)
        if let failure = state.failure { throw failure }
        return state.operations
    }
}
