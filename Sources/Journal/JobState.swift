package import Candles

/// How a job stands.
package enum JobState: String, Encodable, Sendable, CaseIterable {
    /// The newest run that is over did not fail.
    case ok
    case running
    /// It has a timetable, and was not started for so long that a person should look why.
    case late
    /// The newest run that is over failed.
    case failing
    /// A task that has not run yet.
    case never
}

/// What must be known of a host to say how its jobs stand.
package struct JobMoment: Sendable, Equatable {
    /// What starts the tasks.
    package enum Scheduler: Sendable, Equatable {
        /// It says so, and it guards its tasks itself.
        case alive
        /// It ended as it was told.
        case stopped
        /// Nothing is heard of it any more.
        case silent
    }

    package var now: UnixMilliseconds
    /// When the machine began; nil where that is not known.
    package var bootedAt: UnixMilliseconds?
    package var scheduler: Scheduler
    /// Whether a stream keeps series up to date, so that nobody misses the timers that it takes the place of.
    package var isStreaming: Bool

    package init(
        now: UnixMilliseconds, bootedAt: UnixMilliseconds? = nil, scheduler: Scheduler = .silent,
        isStreaming: Bool = false
    ) {
        self.now = now
        self.bootedAt = bootedAt
        self.scheduler = scheduler
        self.isStreaming = isStreaming
    }
}

extension JobHistory {
    private static let day: Int64 = 86_400_000

    /// How it stands; nil for what was given up, and is no longer worth a line.
    package func state(at moment: JobMoment) -> JobState? {
        if runningSince != nil { return .running }
        if isForgotten(at: moment.now) { return nil }
        if isLate(at: moment) { return .late }
        guard outcome != nil else { return isTask ? .never : .ok }
        return hasFailed ? .failing : .ok
    }

    /// Whether its timer, which has not started it for a week or five of its intervals, was taken away.
    ///
    /// Nobody gives up backups.
    private func isForgotten(at now: UnixMilliseconds) -> Bool {
        let name = JobName(rawValue: job)
        guard name != .backup, interval != nil || name == .realtime else { return false }
        guard let last = isTask ? nextDue : lastStart else { return false }
        return now - last > max(7 * Self.day, 5 * (interval ?? 0))
    }

    private func isLate(at moment: JobMoment) -> Bool {
        guard let interval, let nextDue else { return false }
        if isTask, moment.scheduler != .silent { return false }
        if JobName(rawValue: job) == .realtime, moment.isStreaming { return false }
        let patience = 2 * interval + 60_000
        guard moment.now - nextDue > patience else { return false }
        // After a start of the machine, timers make up for what they missed, the slowest within three hours.
        guard let bootedAt = moment.bootedAt else { return true }
        return moment.now - bootedAt > min(patience, 3 * 3_600_000)
    }
}

/// How a service stands that says in the journal that it does its work: one rule for the dashboard and the health page.
///
/// A service that ends in order takes its beat with it, so that only one that was killed is missed.
package enum ServiceState {
    /// Milliseconds; every service says so at least every 30 s.
    package static let patience: Int64 = 300_000
    /// As long as jobs are missed that nothing starts any more.
    private static let forgotten: Int64 = 7 * 86_400_000

    /// Nil where it was taken away.
    package static func state(beatAt at: UnixMilliseconds, now: UnixMilliseconds) -> JobState? {
        if now - at > forgotten { return nil }
        return now - at > patience ? .late : .running
    }
}
