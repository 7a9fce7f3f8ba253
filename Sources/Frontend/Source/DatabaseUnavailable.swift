package import Resilience

/// The database cannot be read at this moment.
package struct DatabaseUnavailable: Fault, Equatable {
    package let condition: DatabaseCondition

    package var code: String { "dashboard-database-away" }
    package var kind: FaultKind { .unavailable }
    package var origin: FaultOrigin { .database }
    package var disposition: Disposition { .retryable(after: nil) }
    package var summary: String { condition.message ?? "the database cannot be read" }
    package var hint: String? { condition.hint }

    package init(_ condition: DatabaseCondition) { self.condition = condition }
}
