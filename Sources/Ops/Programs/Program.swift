import Foundation
import Glibc
import Programs
import Subprocess
import SystemPackage

/// One run of another program, with a deadline.
package struct Program: Sendable {
    package let name: String
    package let arguments: [String]
    /// Added to the environment; nil takes a name out of it.
    package let environment: [String: String?]
    /// What it reads on stdin.
    package let input: String
    package let deadline: Duration
    package let folder: String?
    /// Whether it gets the secrets of our own environment: only a program of ours needs them.
    package let sharesSecrets: Bool

    /// `name` is looked up in PATH unless it has a slash.
    ///
    /// Secrets belong in `input` or `environment`, never in `arguments`.
    package init(
        _ name: String, _ arguments: [String] = [], environment: [String: String?] = [:], input: String = "",
        deadline: Duration, folder: String? = nil, sharesSecrets: Bool = false
    ) {
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.deadline = deadline
        self.folder = folder
        self.sharesSecrets = sharesSecrets
    }

    /// Runs it to its end; one that outlives the deadline, or whose task is cancelled, is asked to end with its whole process
    /// group, and a second later made to.
    ///
    /// - Throws: `ProgramFault.missing`, `.overdue`, or `CancellationError`. An exit status is no error.
    @concurrent package func run() async throws -> ProgramEnd {
        _ = Self.closedPipesAreErrors
        return try await withThrowingTaskGroup(of: ProgramEnd?.self) { group in
            group.addTask { try await self.start() }
            group.addTask {
                try await Task.sleep(for: self.deadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            guard let end = first else { throw ProgramFault.overdue(name: self.name, after: self.deadline) }
            return end
        }
    }

    private func start() async throws -> ProgramEnd {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100)),
        ]
        do {
            let result = try await Subprocess.run(
                name.contains("/") ? .path(FilePath(name)) : .name(name), arguments: Arguments(arguments),
                environment: sharesSecrets ? .sharingSecrets(environment) : .withoutSecrets(environment),
                workingDirectory: folder.map { FilePath($0) }, platformOptions: options, input: .inputWriter,
                output: .sequence, error: .sequence
            ) { execution in
                // A program may end without having read its input, which is no error; an input that is not given to the end by us
                // is one that the library stops the process for.
                async let written: Void = Self.give(input, to: execution.standardInputWriter)
                async let errors = Self.tail(of: execution.standardError)
                let output = try await Self.tail(of: execution.standardOutput)
                await written
                return (output, try await errors)
            }
            try Task.checkCancellation()
            return ProgramEnd(result.terminationStatus, output: result.closureResult.0, errors: result.closureResult.1)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw ProgramFault.missing(name: name)
        }
    }

    /// Else a program that does not read its input would end this process.
    private static let closedPipesAreErrors: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return true
    }()

    private static func give(_ input: String, to writer: StandardInputWriter) async {
        if !input.isEmpty { _ = try? await writer.write(input) }
        try? await writer.finish()
    }

    /// The last 256 KiB.
    private static func tail(of sequence: SubprocessOutputSequence) async throws -> String {
        var tail: [UInt8] = []
        for try await buffer in sequence {
            unsafe buffer.withUnsafeBytes { unsafe tail.append(contentsOf: $0) }
            if tail.count > 512 << 10 { tail.removeFirst(tail.count - 256 << 10) }
        }
        return String(decoding: tail, as: UTF8.self)
    }
}
