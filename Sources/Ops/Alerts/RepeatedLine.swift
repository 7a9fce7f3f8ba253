import NIOConcurrencyHelpers

/// Remembers the last lines that were said of each subject, so that a failure of each second is said once.
final class RepeatedLine: Sendable {
    private static let limit = 100

    private let said = NIOLockedValueBox<[String: Set<String>]>([:])

    /// Whether the line was not said of this subject since `forget`.
    func isNew(_ line: String, of subject: String) -> Bool {
        said.withLockedValue { said in
            if said[subject, default: []].count >= Self.limit { said[subject] = [] }
            return said[subject, default: []].insert(line).inserted
        }
    }

    func forget(_ subject: String) { said.withLockedValue { $0[subject] = nil } }
}
