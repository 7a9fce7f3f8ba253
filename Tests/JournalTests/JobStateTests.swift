import Candles
import Journal
import TestSupport
import Testing

@Suite struct JobStateTests {
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000
    private static let now: UnixMilliseconds = 1_767_225_600_000

    private static func history(
        _ job: String = "gap-repair", every interval: Int64? = hour, startedAgo age: Int64,
        outcome: String? = "complete",
        message: String? = nil
    ) -> JobHistory {
        var history = JobHistory(job: job, series: "BTCUSD-1m")
        history.lastStart = now - age
        history.lastEnd = now - age + 1000
        history.outcome = outcome
        history.message = message
        history.interval = interval
        history.nextDue = interval.map { now - age + $0 }
        return history
    }

    private static func state(_ history: JobHistory, _ scheduler: JobMoment.Scheduler = .silent) -> JobState? {
        history.state(at: JobMoment(now: now, scheduler: scheduler))
    }

    @Test func `the last run that is over tells whether a job is well`() {
        for outcome in ["complete", "partial", "rate-limited", "done", "idle", "stopped"] {
            #expect(Self.state(Self.history(startedAgo: 1000, outcome: outcome)) == .ok)
        }
        for outcome in ["failed", "killed", "suspect", "unavailable", "overdue", "backup-space"] {
            #expect(Self.state(Self.history(startedAgo: 1000, outcome: outcome)) == .failing)
        }
        #expect(Self.state(Self.history(startedAgo: 1000, outcome: "failed", message: "stopped")) == .ok)
    }

    @Test func `what runs is running, however the run before ended`() {
        var history = Self.history(every: Self.minute, startedAgo: 9 * Self.day, outcome: "failed")
        history.runningSince = Self.now - 9 * Self.day
        #expect(Self.state(history) == .running)
    }

    @Test(arguments: [minute, 6 * hour, day])
    func `it is late once two intervals and a minute have passed since it was due`(
        _ interval: Int64
    ) {
        let edge = 3 * interval + Self.minute
        #expect(Self.state(Self.history(every: interval, startedAgo: edge)) == .ok)
        #expect(Self.state(Self.history(every: interval, startedAgo: edge + 1)) == .late)
        #expect(Self.state(Self.history(every: nil, startedAgo: edge + 1)) == .ok)
        #expect(Self.state(Self.history(every: interval, startedAgo: edge + 1, outcome: "failed")) == .late)
    }

    @Test func `a timer that was taken away is no longer told after a week, and a backup is missed for good`() {
        let week = 7 * Self.day
        #expect(Self.state(Self.history("realtime", every: Self.minute, startedAgo: week)) == .late)
        #expect(Self.state(Self.history("realtime", every: Self.minute, startedAgo: week + 1)) == nil)
        #expect(Self.state(Self.history("realtime", every: nil, startedAgo: week + 1, outcome: "failed")) == nil)
        #expect(Self.state(Self.history("backup", every: Self.day, startedAgo: 80 * Self.day)) == .late)
        #expect(Self.state(Self.history("backup-verify", every: week, startedAgo: 4 * week)) == .late)
        #expect(Self.state(Self.history("backup-verify", every: week, startedAgo: 5 * week + 1)) == nil)
        #expect(Self.state(Self.history("backfill", every: nil, startedAgo: 80 * Self.day)) == .ok)
    }

    @Test func `a task is late only where its scheduler was lost`() {
        let task = Self.history(JobName.task.rawValue, every: Self.minute, startedAgo: Self.hour)
        #expect(Self.state(task, .silent) == .late)
        #expect(Self.state(task, .alive) == .ok)
        #expect(Self.state(task, .stopped) == .ok)
        let gone = Self.history(JobName.task.rawValue, every: Self.minute, startedAgo: 8 * Self.day)
        for scheduler in [JobMoment.Scheduler.silent, .alive, .stopped] { #expect(Self.state(gone, scheduler) == nil) }
        var new = JobHistory(job: JobName.task.rawValue, series: "backup")
        new.interval = Self.hour
        new.nextDue = Self.now
        #expect(Self.state(new, .alive) == .never)
    }

    @Test func `a stream does what the timers of every minute did`() {
        let realtime = Self.history("realtime", every: Self.minute, startedAgo: Self.hour)
        let repair = Self.history("gap-repair", every: Self.minute, startedAgo: Self.hour)
        let streaming = JobMoment(now: Self.now, isStreaming: true)
        #expect(realtime.state(at: streaming) == .ok)
        #expect(repair.state(at: streaming) == .late)
    }

    @Test func `after a start of the machine timers have time to make up for what they missed`() {
        func state(_ interval: Int64, upFor: Int64) -> JobState? {
            Self.history(every: interval, startedAgo: 4 * Self.day)
                .state(at: JobMoment(now: Self.now, bootedAt: Self.now - upFor))
        }
        #expect(state(Self.minute, upFor: 3 * Self.minute) == .ok)
        #expect(state(Self.minute, upFor: 3 * Self.minute + 1) == .late)
        #expect(state(Self.day, upFor: 3 * Self.hour) == .ok)
        #expect(state(Self.day, upFor: 3 * Self.hour + 1) == .late)
    }

    @Test func `a service is told by its beats`() {
        func state(_ age: Int64) -> JobState? { ServiceState.state(beatAt: Self.now - age, now: Self.now) }
        #expect(state(0) == .running)
        #expect(state(5 * Self.minute) == .running)
        #expect(state(5 * Self.minute + 1) == .late)
        #expect(state(7 * Self.day) == .late)
        #expect(state(7 * Self.day + 1) == nil)
    }

    /// A timer's life: it starts a job again and again until somebody stops it; the machine is off now and then.
    private struct Life {
        let interval: Int64
        let isStopped: Bool
        let starts: [UnixMilliseconds]
        let outcomes: [String]
        /// How long ago the last start was that the timer owed.
        let lastStartAge: Int64

        init(using random: inout SeededGenerator) {
            interval = [minute, 15 * minute, 6 * hour, day].randomElement(using: &random) ?? minute
            isStopped = Bool.random(using: &random)
            let silence = isStopped ? Int64.random(in: 0...12 * interval, using: &random) : 0
            let jitter = min(interval / 50, 20_000)
            let last = now - silence - Int64.random(in: 0..<interval, using: &random)
            let count = Int.random(in: 1...21, using: &random)
            var starts: [UnixMilliseconds] = []
            for place in 0..<count {
                starts.append(last - Int64(place) * interval + Int64.random(in: -jitter...jitter, using: &random))
            }
            self.starts = starts
            lastStartAge = now - starts[0]
            outcomes = (0..<count).map { _ in
                ["complete", "partial", "failed", "unavailable"].randomElement(using: &random) ?? "complete"
            }
        }

        var history: JobHistory {
            var history = JobHistory(job: "gap-repair", series: "BTCUSD-1m")
            history.lastStart = starts[0]
            history.outcome = outcomes[0]
            history.interval = JobTimetable.interval(starts: starts)
            history.nextDue = history.interval.map { starts[0] + $0 }
            return history
        }
    }

    @Test func `whatever life a timer has, a person who reads that it is late finds it stopped`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var seen: [JobState?: Int] = [:]
        for _ in 0..<20_000 {
            let life = Life(using: &random)
            let state = life.history.state(at: JobMoment(now: Self.now))
            seen[state, default: 0] += 1
            let failed = ["failed", "unavailable"].contains(life.outcomes[0])
            let missed = life.lastStartAge - life.interval
            switch state {
            case .late: #expect(life.isStopped && missed > 2 * life.interval, "seed \(seed): \(life)")
            case .failing: #expect(failed, "seed \(seed): \(life)")
            case .ok: #expect(!failed, "seed \(seed): \(life)")
            case nil: #expect(life.isStopped && life.lastStartAge > 7 * Self.day, "seed \(seed): \(life)")
            case .running, .never: Issue.record("seed \(seed): \(life)")
            }
            // What was regular for long and has been gone for long is not passed over.
            let isGone = missed > 2 * life.interval + 2 * Self.minute && life.lastStartAge < 7 * Self.day
            if life.starts.count >= 5, isGone { #expect(state == .late, "seed \(seed): \(life)") }
        }
        #expect(Set(seen.keys).isSuperset(of: [.late, .failing, .ok, nil]), "seed \(seed)")
    }
}
