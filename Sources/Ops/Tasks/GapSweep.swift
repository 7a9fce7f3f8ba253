package import Candles
import Host
import Resilience
package import Scheduler

/// Lets `ingest gap-repair` ask for holes that its timers left.
package struct GapSweep: Sendable {
    private static let lookback: Int64 = 30 * 86_400_000
    /// A younger hole is what the next timer asks for.
    private static let youngest: Int64 = 2 * 3_600_000
    /// Of all repairs together, of one, and what is too little to begin another.
    private static let patience = Duration.seconds(3300)
    private static let longest = Duration.seconds(1200)
    private static let shortest = Duration.seconds(60)

    private let ingest: String
    private let environment: [String: String?]
    private let now: @Sendable () -> UnixMilliseconds
    private let gaps: @Sendable (UnixMilliseconds) async throws -> [Gap]

    /// `ingest`: the path of the program; `environment` is added to its own; `gaps` asks the database what is unknown.
    package init(
        ingest: String, environment: [String: String?] = [:], now: @escaping @Sendable () -> UnixMilliseconds,
        gaps: @escaping @Sendable (UnixMilliseconds) async throws -> [Gap]
    ) {
        self.ingest = ingest
        self.environment = environment
        self.now = now
        self.gaps = gaps
    }

    package func run() async throws -> TaskResult {
        let now = now()
        let gaps = try await gaps(now)
        let wanted = Self.series(gaps, now: now)
        if wanted.isEmpty { return .idle("no hole of the last 30 days") }
        var asked: [Series] = []
        var failures: [GapSweepFault.Failure] = []
        let end = ContinuousClock.now + Self.patience
        // In no order, so that one that takes long or always fails keeps no other waiting for good.
        for series in wanted.shuffled() {
            let left = end - .now
            if left < Self.shortest { break }
            asked.append(series)
            if let failure = try await repair(series, within: min(left, Self.longest)) { failures.append(failure) }
        }
        if !failures.isEmpty { throw GapSweepFault(failures: failures, asked: asked.count) }
        return .done("asked for the holes of \(asked.count) of \(wanted.count) series")
    }

    /// Nil where it ended as it may.
    private func repair(_ series: Series, within limit: Duration) async throws -> GapSweepFault.Failure? {
        do {
            let end = try await Program(
                ingest, ["gap-repair", "--series", "\(series)", "--lookback-days", "30", "--patience", "2m"],
                environment: environment,
                deadline: limit, sharesSecrets: true
            ).run()
            if Self.isAcceptable(end.status) { return nil }
            return .init(series: "\(series)", problem: "exit code \(end.status): \(end.lastWords)")
        } catch let fault as ProgramFault {
            return .init(series: "\(series)", problem: fault.summary)
        }
    }

    /// Complete, partial, rate limited, and busy are what the next sweep goes on with.
    private static func isAcceptable(_ status: Int) -> Bool { [0, 10, 11, 75].contains(status) }

    /// Those with a hole that began in the last 30 days and is not just now growing.
    static func series(_ gaps: [Gap], now: UnixMilliseconds) -> [Series] {
        let holes = gaps.filter { now - $0.range.end > youngest && now - $0.range.start < lookback }
        return Array(Set(holes.map(\.series))).sorted()
    }
}

/// Repairs that ended otherwise than they may; the others were made.
struct GapSweepFault: Fault {
    struct Failure: Sendable {
        let series: String
        let problem: String
    }

    let failures: [Failure]
    /// How many series were asked for in all.
    let asked: Int

    var code: String { "gap-sweep-failed" }
    var kind: FaultKind { .unavailable }
    var disposition: Disposition { .retryable(after: nil) }
    var summary: String {
        let first = failures.prefix(3).map { "\($0.series): \($0.problem)" }.joined(separator: "; ")
        return "\(failures.count) of \(asked) gap repairs failed: \(first)"
    }
    var hint: String? { "run 'ingest gap-repair --series \(failures.first?.series ?? "BTCUSD-1m")' by hand" }
}
