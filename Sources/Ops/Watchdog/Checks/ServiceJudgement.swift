import Resilience

/// Judges what was seen of a service: a pure rule.
///
/// Only time over which looks found nothing new counts against a service, and only from the start of its process on: neither a
/// suspended machine nor a clock that steps makes anything old. What is old must be found so by two looks.
package struct ServiceJudgement: Sendable {
    /// So many starts by others within `startWindow` are a loop.
    package static let loopStarts = 3
    package static let startWindow = Duration.seconds(3600)

    package let service: WatchedService
    /// Milliseconds of the clock of `ServiceHistory`.
    package let now: Int64
    package private(set) var memory: ServiceHistory
    package private(set) var findings: [Finding] = []
    private let seen: Observation
    private let interval: Duration

    /// `interval`: between two looks.
    package init(
        _ service: WatchedService, _ seen: Observation, memory: ServiceHistory, now: Int64,
        interval: Duration = .seconds(60)
    ) {
        self.service = service
        self.seen = seen
        self.memory = memory
        self.now = now
        self.interval = interval
        judge()
    }

    package var health: ServiceHealth { ServiceHealth(findings) }

    /// For how long every look has found it healthy.
    package var healthyFor: Duration { elapsed(since: memory.healthySince) }

    private mutating func judge() {
        countStarts()
        let runs = judgeStatus()
        judgeStarts()
        if runs {
            if seen.isStopped { findings.append(.fail(.frozen, "Process of \(service.name) is stopped by a signal")) }
            if let log = service.log, let seen = seen.log { judge(log, seen) }
            if let endpoint = seen.endpoint { judge(endpoint) }
            if let beat = service.beat, let seen = seen.beat { judge(beat, seen) }
        } else {
            memory.unansweredSince = nil
            memory.silentSince = nil
        }
        if health == .healthy { ServiceHistory.mark(&memory.healthySince, at: now) } else { memory.healthySince = nil }
    }

    /// By systemd's own count where there is one, else by the main process.
    private mutating func countStarts() {
        var starts = 0
        if case .running(let main) = seen.status {
            if let run = memory.run, run.main == main, run.since <= now {
                memory.run = run
            } else {
                if memory.run != nil { starts = 1 }
                memory.run = .init(main: main, since: now)
            }
        }
        if let count = seen.automaticRestarts { starts = max(0, count.minus(memory.automaticRestarts ?? count)) }
        memory.automaticRestarts = seen.automaticRestarts
        memory.starts.removeAll { $0 > now || .milliseconds(now.minus($0)) >= Self.startWindow }
        memory.starts = (memory.starts + Array(repeating: now, count: min(starts, 100))).suffix(100)
    }

    private mutating func judgeStarts() {
        guard memory.starts.count >= Self.loopStarts else { return }
        let text =
            "Service \(service.name) was started anew \(memory.starts.count) times within the hour, not by the watchdog"
        findings.append(.fail(.looping, text))
    }

    /// Whether the other checks say anything.
    private mutating func judgeStatus() -> Bool {
        if case .changing(let state) = seen.status {
            ServiceHistory.mark(&memory.unsettledSince, at: now)
            let since = elapsed(since: memory.unsettledSince)
            let text = "Service \(service.name) is \(state) for \(Self.text(since))"
            findings.append(since < service.freezeThreshold ? .warn(text) : .fail(.frozen, text))
            return false
        }
        memory.unsettledSince = nil
        switch seen.status {
        case .running: findings.append(.ok("Service \(service.name) is active"))
        case .stopped(let how): findings.append(.fail(.down, "Service \(service.name) is \(how)"))
        case .changing: break
        case .unknown(let why):
            findings.append(.fail(.unseen, "Service \(service.name) cannot be asked after: \(why)"))
            return false
        }
        if case .running = seen.status { return true }
        return false
    }

    private mutating func judge(_ log: WatchedService.Log, _ seen: Observation.Log) {
        switch seen {
        case .missing: judgeLog("is missing", stamp: "missing", age: nil, limit: log.age)
        case .unreadable(let why): judgeLog("cannot be read: \(why)", stamp: "unreadable", age: nil, limit: log.age)
        case .seen(let stamp, let age, let lines, let matches):
            judgeLog("is stale", stamp: stamp, age: age, limit: log.age)
            judgeActivity(log, lines: lines, matches: matches)
        }
    }

    /// `age`: by the wall clock; nil where the log does not show work at all.
    private mutating func judgeLog(_ trouble: String, stamp: String, age: Duration?, limit: Duration) {
        let same = ServiceHistory.unchanged(&memory.log, stamp, at: now)
        var since = memory.staleLogSince
        findings.append(judged("Log file", trouble, same: same, age: age, limit: limit, staleSince: &since))
        memory.staleLogSince = since
    }

    /// As many lines as are looked at, all of them silent, prove it; fewer may be the beginning of a file that was rotated.
    private mutating func judgeActivity(_ log: WatchedService.Log, lines: Int, matches: Int) {
        if matches > 0 {
            memory.silentSince = nil
            findings.append(.ok("Process appears responsive (\(matches) recent entries)"))
            return
        }
        ServiceHistory.mark(&memory.silentSince, at: now)
        let wanted = log.patterns.isEmpty ? "" : " matches \(log.patterns.joined(separator: " or "))"
        let text = "No recent activity in the log (none of its last \(lines) lines\(wanted))"
        let isProven = lines >= log.lines || elapsed(since: memory.silentSince) >= log.age
        findings.append(isProven ? tolerated(text, for: log.age) : .warn(text))
    }

    private mutating func judge(_ endpoint: Observation.Endpoint) {
        guard case .silent(let why) = endpoint else {
            memory.unansweredSince = nil
            findings.append(.ok("Health endpoint answers"))
            return
        }
        ServiceHistory.mark(&memory.unansweredSince, at: now)
        let since = elapsed(since: memory.unansweredSince)
        let text = "Health endpoint has not answered for \(Self.text(since)): \(why)"
        findings.append(since >= service.freezeThreshold ? tolerated(text, for: service.freezeThreshold) : .warn(text))
    }

    private mutating func judge(_ beat: WatchedService.Beat, _ seen: Observation.Beat) {
        switch seen {
        case .never: judgeBeat(beat, "'\(beat.name)' was never seen", stamp: "never", age: nil)
        case .seen(let stamp, let age): judgeBeat(beat, "is stale", stamp: stamp, age: age)
        case .unreadable(let why): findings.append(.warn("Heartbeat cannot be read: \(why)"))
        }
    }

    private mutating func judgeBeat(_ beat: WatchedService.Beat, _ trouble: String, stamp: String, age: Duration?) {
        let same = ServiceHistory.unchanged(&memory.beat, stamp, at: now)
        var since = memory.staleBeatSince
        findings.append(judged("Heartbeat", trouble, same: same, age: age, limit: beat.age, staleSince: &since))
        memory.staleBeatSince = since
    }

    /// Judges what has been the same for `same`; `age` by the wall clock raises doubts, and no more.
    private func judged(
        _ what: String, _ trouble: String, same: Duration, age: Duration?, limit: Duration, staleSince: inout Int64?
    ) -> Finding {
        if same <= limit {
            staleSince = nil
            guard let age else {
                return .warn("\(what) \(trouble) (for \(Self.text(same)), limit \(Self.text(limit)))")
            }
            if age <= limit { return .ok("\(what) is fresh (\(Self.text(max(age, .zero))) old)") }
            return .warn("\(what) is \(Self.text(age)) old; it was watched for \(Self.text(same)) of them")
        }
        ServiceHistory.mark(&staleSince, at: now)
        let text = "\(what) \(trouble) (\(Self.text(same)) without a change, limit \(Self.text(limit)))"
        if elapsed(since: staleSince) < min(interval, limit) * 0.9 { return .warn("\(text); seen once") }
        return tolerated(text, for: limit)
    }

    /// A failure, unless the service has run for less than `limit`.
    private func tolerated(_ text: String, for limit: Duration) -> Finding {
        let age = elapsed(since: memory.run?.since)
        guard age < limit else { return .fail(.frozen, text) }
        return .warn("\(text); running for \(Self.text(age))")
    }

    private func elapsed(since: Int64?) -> Duration { .milliseconds(max(0, now.minus(since ?? now))) }

    private static func text(_ duration: Duration) -> String { "\(duration.components.seconds)s" }
}
