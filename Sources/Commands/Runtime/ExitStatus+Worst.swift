extension ExitStatus {
    /// From best to worst, for a command that does several things.
    private static let order: [ExitStatus] = [
        .complete, .unhealthy, .partial, .rateLimited, .suspect, .busy, .unavailable, .usage, .configuration, .storage,
        .bug, .rolledBack, .notRolledBack,
    ]

    /// The one that says most about what is left to do.
    package static func worst(of statuses: [ExitStatus]) -> ExitStatus {
        statuses.max { order.firstIndex(of: $0) ?? 0 < order.firstIndex(of: $1) ?? 0 } ?? .complete
    }
}
