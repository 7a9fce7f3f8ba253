import Glibc

/// How many files this process may have open.
enum OpenFileLimit {
    /// Raises the soft limit to `count`, or as far as the hard one lets it; never lowers it.
    static func raise(to count: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = min(rlim_t(count), limit.rlim_max)
        guard wanted > limit.rlim_cur else { return }
        limit.rlim_cur = wanted
        // Where it is refused, connections beyond the limit wait in the kernel.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
