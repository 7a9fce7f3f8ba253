package import Alerts
package import Candles
package import Journal
package import Scheduler

/// Tells people of jobs that fail again and again, whichever process ran them.
package struct JobWatch: Sendable {
    private static let source = "jobs"
    private static let rule = "job-failing"
    /// Fewer failures in a row than this are what the next run makes up for.
    private static let failuresInARow = 3
    private static let memory: Int64 = 2 * 86_400_000

    private let journal: Journal
    private let now: @Sendable () -> UnixMilliseconds
    private let alerts: any AlertSink

    package init(journal: Journal, alerts: any AlertSink, now: @escaping @Sendable () -> UnixMilliseconds) {
        self.journal = journal
        self.now = now
        self.alerts = alerts
    }

    package func run() async throws -> TaskResult {
        let runs = try await journal.latestRuns(since: now() - Self.memory, limit: Self.failuresInARow)
        // The scheduler's own runs have their own alerts.
        let series = Dictionary(grouping: runs.filter { $0.job != JobName.task.rawValue }) {
            "\($0.job) \($0.series ?? "")"
        }
        var failing = 0
        for (target, latest) in series {
            guard let newest = latest.first else { continue }
            if !newest.hasFailed {
                await alerts.resolve(
                    source: Self.source, rule: Self.rule, target: target, message: "\(target) works again")
            } else if latest.count >= Self.needed(newest.job), latest.allSatisfy(\.hasFailed) {
                failing += 1
                await alerts.raise(Self.alert(target, newest, failures: latest.count))
            }
        }
        return failing == 0 ? .done("no job fails again and again") : .done("\(failing) jobs fail again and again")
    }

    /// A backup comes once a day: one that fails is one too many.
    private static func needed(_ job: String) -> Int { JobName(rawValue: job) == .backup ? 1 : failuresInARow }

    private static func alert(_ target: String, _ run: JobRun, failures: Int) -> Alert {
        Alert(
            source: source, rule: rule, target: target, severity: .warning,
            message: "\(target) failed \(failures) times in a row: \(run.outcome ?? "") \(run.message ?? "")",
            hint: "run it by hand, and look up its error in docs/RUNBOOK.md")
    }
}
