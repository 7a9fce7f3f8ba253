/// What retention makes of one file.
package struct RetentionDecision: Sendable, Equatable {
    package enum Verdict: String, Sendable, Codable {
        case keep, remove
    }

    package let backup: StoredBackup
    package let verdict: Verdict
    /// For people; without a full stop.
    package let reason: String
}
