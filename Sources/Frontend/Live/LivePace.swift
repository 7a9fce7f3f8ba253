/// How often the live events look, and tell.
package struct LivePace: Sendable, Equatable {
    /// Between two looks at the market, where something has changed and somebody listens.
    package var tick = Duration.milliseconds(250)
    /// How soon a change is noticed while somebody listens.
    package var step = Duration.milliseconds(50)
    /// Between two looks, and between two `changed` events, while nobody has to know at once.
    package var idle = Duration.seconds(15)
    package var changed = Duration.seconds(1)
    /// Between two looks at what hosts say of themselves while somebody listens.
    package var operations = Duration.seconds(2)
    package var heartbeat = Duration.seconds(5)

    package init() {}
}

/// Decides when the market is looked at.
struct MarketPace: Sendable {
    enum Action: Sendable, Equatable {
        case nothing
        /// Read what has changed.
        case look
        /// Read nothing, and see what has grown old.
        case judge
    }

    private let pace: LivePace
    private var seen: Int?
    private var sinceLook = Duration.zero
    private var sinceJudged = Duration.zero

    init(_ pace: LivePace) { self.pace = pace }

    /// How long to wait until the next question.
    ///
    /// The first look is soon: what changes before it cannot be told.
    func step(isWatched: Bool) -> Duration { isWatched || seen == nil ? pace.step : max(pace.step, pace.tick) }

    /// `version` is the source's; `elapsed` is the time since the question before.
    mutating func next(version: Int, isWatched: Bool, elapsed: Duration) -> Action {
        sinceLook += elapsed
        sinceJudged += elapsed
        if seen == nil || version != seen && sinceLook >= (isWatched ? pace.tick : pace.idle) {
            sinceLook = .zero
            sinceJudged = .zero
            return .look
        }
        guard isWatched, sinceJudged >= .seconds(1) else { return .nothing }
        sinceJudged = .zero
        return .judge
    }

    /// What the source's version was before a look that succeeded.
    mutating func looked(at version: Int) { seen = version }
}
