import Resilience

extension APIProblem {
    /// What to answer where an answer could not be made; nil where nobody waits for it any more.
    ///
    /// No text of the error gets out, since it may name paths and addresses.
    init?(_ error: any Error, condition: DatabaseCondition) {
        switch error {
        case is CancellationError: return nil
        case let problem as APIProblem: self = problem
        case is any Fault:
            let away = Self.condition(of: error, condition)
            self.init(.databaseAway, away.message ?? "the database cannot be read", hint: away.hint)
        default: self.init(.internalError, "the answer could not be made", hint: "see what 'frontend serve' logs of it")
        }
    }

    /// What can be said of the database after a read of it threw.
    static func condition(of error: any Error, _ condition: DatabaseCondition) -> DatabaseCondition {
        if let away = error as? DatabaseUnavailable, away.condition.state == .unavailable { return away.condition }
        if condition.state == .unavailable { return condition }
        return DatabaseCondition(
            kind: condition.kind, state: .unavailable, message: "the database cannot be read",
            hint: "see what 'frontend serve' logs of it; this goes on by itself")
    }
}
