import Host

extension ProcessTable {
    /// Those of one user whose command line the pattern matches, but neither this process nor those that started it.
    func processes(of owner: ProcessOwner, matching pattern: String) -> [ProcessLook] {
        // The file's reader has refused what is no pattern.
        guard let pattern = try? ExtendedPattern(pattern) else { return [] }
        return processes(of: owner) { pattern.matches($0) }
    }
}
