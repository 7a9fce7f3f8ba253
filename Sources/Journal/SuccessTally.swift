/// Successes of this process that are not yet in the journal's totals.
actor SuccessTally {
    private static let interval: Int64 = 10_000

    private var pending = 0
    private var writtenAt: Int64?

    /// Counts one.
    ///
    /// - Returns: How many to write now; 0 while it is not yet time.
    func add(at now: Int64) -> Int {
        pending += 1
        if let writtenAt, now < writtenAt + Self.interval { return 0 }
        writtenAt = now
        return take()
    }

    /// Hands over what is to be written.
    func take() -> Int {
        defer { pending = 0 }
        return pending
    }
}
