import Ingest
import Programs
import Subprocess
import SystemPackage

/// The user's own systemd, asked by `systemctl --user`.
struct Systemctl {
    /// What became of a timer.
    enum Change: String, Encodable {
        case enabled
        /// It was enabled and active before.
        case unchanged
    }

    /// - Throws: `BootstrapFault.noUserManager` where none answers, `.unitsNotLinked` where it does not know the units.
    func check(_ templates: [String]) async throws {
        let version = try await run("show", "--property=Version")
        guard version.succeeded else { throw BootstrapFault.noUserManager(reason: version.reason) }
        let known = try await run(["list-unit-files", "--no-legend", "--no-pager"] + templates).out
        let missing = templates.filter { template in
            !known.split(whereSeparator: \.isNewline).contains { $0.hasPrefix(template + " ") }
        }
        if !missing.isEmpty { throw BootstrapFault.unitsNotLinked(missing) }
    }

    /// Enables and starts a timer unless it is both already.
    ///
    /// - Throws: `BootstrapFault.timersRefused`, `.noUserManager`.
    func enable(_ timer: String) async throws -> Change {
        let state = try await run("show", "--property=ActiveState,UnitFileState", timer).out
        let lines = state.split(whereSeparator: \.isNewline)
        if lines.contains("ActiveState=active"), lines.contains("UnitFileState=enabled") { return .unchanged }
        let answer = try await run("--quiet", "enable", "--now", timer)
        guard answer.succeeded else { throw BootstrapFault.timersRefused(reason: answer.reason) }
        return .enabled
    }

    private struct Answer {
        let succeeded: Bool
        let out: String
        let reason: String
    }

    private func run(_ arguments: String...) async throws -> Answer { try await run(arguments) }

    /// Longer output than a listing of our units would be an error.
    private static let outputLimit = 1 << 20

    private func run(_ arguments: [String]) async throws -> Answer {
        do {
            let result = try await Subprocess.run(
                .name("systemctl"), arguments: Arguments(["--user"] + arguments), environment: .withoutSecrets(),
                output: .string(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
            let lines = result.standardError.split(whereSeparator: \.isNewline)
            return Answer(
                succeeded: result.terminationStatus.isSuccess, out: result.standardOutput,
                reason: lines.isEmpty ? "\(result.terminationStatus)" : lines.joined(separator: "; "))
        } catch is SubprocessError {
            try Task.checkCancellation()
            throw BootstrapFault.noUserManager(reason: "systemctl cannot be run")
        }
    }
}
