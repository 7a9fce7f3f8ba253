/// What retention makes of all files of one type.
package struct RetentionPlan: Sendable, Equatable {
    /// One for each file of the type, oldest first; what they say stands even where it is refused.
    package let decisions: [RetentionDecision]
    /// Why nothing at all may be removed; nil where everything may.
    package let refusal: String?

    /// What is to be removed, oldest first; nothing where it is refused.
    package var removals: [RetentionDecision] {
        refusal == nil ? decisions.filter { $0.verdict == .remove } : []
    }
}
