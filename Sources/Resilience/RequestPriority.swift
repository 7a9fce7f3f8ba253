/// Whose request goes first: lower raw values do.
package enum RequestPriority: Int, Sendable, Codable, CaseIterable {
    case realtime, repair, backfill

    /// Whether slots are held back for it.
    package var isUrgent: Bool { self != .backfill }
}
