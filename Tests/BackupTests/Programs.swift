import Foundation
import TestSupport

/// Programs that know nothing of ours.
enum Programs {
    /// Runs a shell line and gives its output; fails the test by its stderr where the line fails.
    static func shell(_ line: String, _ environment: [String: String] = [:]) async throws -> String {
        let outcome = try await status(line, environment)
        guard outcome.status == 0 else { throw Failure(text: "\(line): \(outcome.err)") }
        return outcome.out.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static func status(_ line: String, _ environment: [String: String] = [:]) async throws -> Command.Outcome {
        var all = ProcessInfo.processInfo.environment
        all.merge(environment) { _, new in new }
        return try await Command(
            program: URL(filePath: "/bin/bash"), arguments: ["-o", "pipefail", "-c", line], environment: all
        ).run()
    }

    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}
