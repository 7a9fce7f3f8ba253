package import Journal
import Logging
import Resilience

/// A run that the journal counts, from its beginning to its outcome.
package struct RunRecord: Sendable {
    /// How a run ended.
    package struct End: Sendable {
        let outcome: String
        let message: String?

        package init(_ outcome: String, _ message: String?) {
            self.outcome = outcome
            self.message = message
        }
    }

    private let run: Int64?
    private let journal: Journal?
    private let output: any JobOutput

    /// Nothing is recorded where `run` is nil.
    package init(_ run: Int64?, in journal: Journal?, output: any JobOutput) {
        self.run = run
        self.journal = journal
        self.output = output
    }

    /// Does the work as this run, and records its end.
    package func during<T>(_ work: () async throws -> T, endedAs end: (T) -> End) async throws -> T {
        output.belongs(to: run)
        do {
            let result = try await work()
            await close(end(result))
            return result
        } catch {
            await close(End(RunOutcome.failed.rawValue, (error as? any Fault)?.summary ?? RunOutcome.stopped.rawValue))
            throw error
        }
    }

    /// A journal that cannot take the record does not change what the run achieved.
    package func close(_ end: End) async {
        guard let run, let journal else { return }
        do {
            try await journal.endRun(run, outcome: end.outcome, message: end.message)
        } catch {
            output.belongs(to: nil)
            output.note("warning: the run is not recorded: \(error)", .warning)
        }
    }
}
