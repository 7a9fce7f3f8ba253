package import Candles

/// Judges what was seen of a service: a pure rule.
///
/// A service that was just started, by whomever, has as long as its thresholds say to show that it works: what is old is only
/// held against it from its start on.
package struct ServiceJudgement: Sendable {
    package let service: WatchedService
    package let now: UnixMilliseconds
    package private(set) var memory: WatchMemory
    package private(set) var findings: [Finding] = []
    private let seen: Observation
    /// How long it has run; nil where nobody knows.
    private let age: Duration?

    package init(_ service: WatchedService, _ seen: Observation, memory: WatchMemory, now: UnixMilliseconds) {
        self.service = service
        self.seen = seen
        self.memory = memory
        self.now = now
        age = seen.age ?? memory.startedAt.map { .milliseconds(max(0, now - $0)) }
        judge()
    }

    package var health: ServiceHealth { ServiceHealth(findings) }

    private mutating func judge() {
        let runs = judgeStatus()
        if runs {
            if seen.isStopped { findings.append(.fail(.frozen, "Process of \(service.name) is stopped by a signal")) }
            if let log = service.log, let seen = seen.log { judge(log, seen) }
            if let endpoint = seen.endpoint { judge(endpoint) }
            if let beat = service.beat, let seen = seen.beat { judge(beat, seen) }
        } else {
            memory.unansweredSince = nil
            memory.silentSince = nil
        }
        if health == .healthy { WatchMemory.mark(&memory.healthySince, at: now) } else { memory.healthySince = nil }
    }

    /// Whether the other checks say anything.
    private mutating func judgeStatus() -> Bool {
        if case .changing(let state) = seen.status {
            WatchMemory.mark(&memory.unsettledSince, at: now)
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
        case .missing: findings.append(tolerated("Log file \(log.path) does not exist", for: log.age))
        case .unreadable(let why):
            findings.append(tolerated("Log file \(log.path) cannot be read: \(why)", for: log.age))
        case .seen(let age, let lines, let matches):
            if age <= log.age {
                findings.append(.ok("Log file is fresh (\(Self.text(age)) old)"))
            } else {
                findings.append(
                    tolerated("Log file is stale (\(Self.text(age)) old, limit \(Self.text(log.age)))", for: log.age))
            }
            judgeActivity(log, lines: lines, matches: matches)
        }
    }

    /// As many lines as are looked at, all of them silent, prove it; fewer may be the beginning of a file that was rotated.
    private mutating func judgeActivity(_ log: WatchedService.Log, lines: Int, matches: Int) {
        if matches > 0 {
            memory.silentSince = nil
            findings.append(.ok("Process appears responsive (\(matches) recent entries)"))
            return
        }
        WatchMemory.mark(&memory.silentSince, at: now)
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
        WatchMemory.mark(&memory.unansweredSince, at: now)
        let since = elapsed(since: memory.unansweredSince)
        let text = "Health endpoint has not answered for \(Self.text(since)): \(why)"
        findings.append(since >= service.freezeThreshold ? tolerated(text, for: service.freezeThreshold) : .warn(text))
    }

    private mutating func judge(_ beat: WatchedService.Beat, _ seen: Observation.Beat) {
        switch seen {
        case .never: findings.append(tolerated("Heartbeat '\(beat.name)' was never seen", for: beat.age))
        case .seen(let age) where age <= beat.age: findings.append(.ok("Heartbeat is fresh (\(Self.text(age)) old)"))
        case .seen(let age):
            findings.append(
                tolerated("Heartbeat is stale (\(Self.text(age)) old, limit \(Self.text(beat.age)))", for: beat.age))
        }
    }

    /// A failure, unless the service has run for less than `limit`.
    private func tolerated(_ text: String, for limit: Duration) -> Finding {
        guard let age, age < limit else { return .fail(.frozen, text) }
        return .warn("\(text); started \(Self.text(age)) ago")
    }

    private func elapsed(since: UnixMilliseconds?) -> Duration { .milliseconds(max(0, now - (since ?? now))) }

    private static func text(_ duration: Duration) -> String { "\(duration.components.seconds)s" }
}
