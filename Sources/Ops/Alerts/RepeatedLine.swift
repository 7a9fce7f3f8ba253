import NIOConcurrencyHelpers

/// Remembers the last lines that were said, so that a failure of each second is said once.
final class RepeatedLine: Sendable {
    private static let limit = 100

    private let said = NIOLockedValueBox<Set<String>>([])

    /// Whether the line was not said since `forget()`.
    func isNew(_ line: String) -> Bool {
        said.withLockedValue { said in
            if said.count >= Self.limit { said = [] }
            return said.insert(line).inserted
        }
    }

    func forget() { said.withLockedValue { $0 = [] } }
}
