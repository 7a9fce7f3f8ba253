import Resilience

/// A circuit breaker told as plainly as can be: it keeps everything and looks it all through each time.
struct BreakerModel {
    enum Phase: Equatable {
        case closed, halfOpen
        case open(until: Int64)
    }

    let settings: CircuitBreakerSettings
    private(set) var phase = Phase.closed
    private var since: Int64 = 0
    private var openings = 0
    private var history: [Bool] = []
    private var callsOut: [BreakerPermit] = []
    /// Permits that belong to the present phase.
    private var valid: [BreakerPermit] = []

    init(settings: CircuitBreakerSettings) { self.settings = settings }

    /// Whether a call may go; `permit` is what the breaker under test gave, if it let it go.
    mutating func admit(at now: Int64, permit: BreakerPermit?) -> Bool {
        expire(at: now)
        if case .open(let until) = phase, now > until { enter(.halfOpen, at: now) }
        let admits =
            switch phase {
            case .closed: true
            case .open: false
            case .halfOpen: callsOut.count < settings.halfOpenCalls
            }
        if admits, let permit {
            valid.append(permit)
            callsOut.append(permit)
        }
        return admits
    }

    mutating func record(_ permit: BreakerPermit, succeeded: Bool, at now: Int64) {
        expire(at: now)
        guard take(permit) else { return }
        let slow = Duration.milliseconds(now - permit.startedAt) > settings.slowCall
        history.append(succeeded && !slow)
        switch phase {
        case .closed where tooManyFailures: open(at: now)
        case .halfOpen where history.last == false: open(at: now)
        case .halfOpen where history.count >= settings.successThreshold:
            openings = 0
            enter(.closed, at: now)
        default: break
        }
    }

    mutating func cancel(_ permit: BreakerPermit, at now: Int64) {
        expire(at: now)
        _ = take(permit)
    }

    private var tooManyFailures: Bool {
        let inARow = history.reversed().prefix { !$0 }.count
        let window = history.suffix(settings.window)
        let rate = Double(window.filter { !$0 }.count) / Double(window.count)
        return inARow >= settings.failuresInARow
            || window.count >= settings.minimumCalls && rate >= settings.failureRate
    }

    private mutating func take(_ permit: BreakerPermit) -> Bool {
        callsOut.removeAll { $0 == permit }
        guard valid.contains(permit) else { return false }
        if phase == .halfOpen { valid.removeAll { $0 == permit } }
        return true
    }

    private mutating func expire(at now: Int64) {
        let end = since + Int64(settings.halfOpenFor / .milliseconds(1))
        if phase == .halfOpen, now >= end { open(at: end) }
    }

    private mutating func open(at now: Int64) {
        openings += 1
        let grown = (1..<openings).reduce(settings.openFor) { wait, _ in wait * settings.openFactor }
        enter(.open(until: now + Int64(min(grown, settings.openForAtMost) / .milliseconds(1))), at: now)
    }

    private mutating func enter(_ next: Phase, at now: Int64) {
        phase = next
        since = now
        history = []
        valid = []
        callsOut = []
    }
}
