import NIOConcurrencyHelpers

/// The pages of the latest report: taken from here by any number of requests, which ask nobody else.
struct HealthBoard<C: Clock>: Sendable where C.Duration == Duration {
    private struct Posting {
        let at: C.Instant
        let fresh: HealthPages
        let outdated: HealthPages
    }

    private let posting = NIOLockedValueBox<Posting?>(nil)
    private let limit: Duration
    private let clock: C

    /// What was posted longer than `limit` ago is unhealthy by itself: whoever posts hangs.
    init(limit: Duration, clock: C) {
        self.limit = limit
        self.clock = clock
    }

    func post(_ report: HealthReport) {
        let new = Posting(
            at: clock.now, fresh: HealthPages(report), outdated: HealthPages(report.outdated(limit: limit)))
        posting.withLockedValue { $0 = new }
    }

    func page(_ path: String) -> HealthPages.Page? {
        guard let posting = posting.withLockedValue({ $0 }) else { return HealthPages()[path] }
        return (posting.at.duration(to: clock.now) > limit ? posting.outdated : posting.fresh)[path]
    }
}
