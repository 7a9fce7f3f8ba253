package import Foundation
import Subprocess
import SystemPackage

/// A built command as a process of its own.
package struct Command: Sendable {
    package struct Outcome: Sendable {
        package let status: Int32
        package let wasKilled: Bool
        package let out: String
        package let err: String

        /// One value of the JSON document on stdout.
        package func number(_ key: String) -> Int? { document?[key] as? Int }
        package func text(_ key: String) -> String? { document?[key] as? String }
        private var document: [String: Any]? {
            (try? JSONSerialization.jsonObject(with: Data(out.utf8))) as? [String: Any]
        }
    }

    /// Products lie beside the test runner.
    package static let folder = Bundle.main.executableURL?.deletingLastPathComponent() ?? URL(filePath: ".")

    package let program: URL
    package var arguments: [String]
    package var environment: [String: String]

    package init(program: URL, arguments: [String], environment: [String: String]) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }

    package static func ingest(_ arguments: [String], _ environment: [String: String]) -> Command {
        Command(program: folder.appending(path: "ingest"), arguments: arguments, environment: environment)
    }

    package static func ops(_ arguments: [String], _ environment: [String: String]) -> Command {
        Command(program: folder.appending(path: "ops"), arguments: arguments, environment: environment)
    }

    package static func frontend(_ arguments: [String], _ environment: [String: String]) -> Command {
        Command(program: folder.appending(path: "frontend"), arguments: arguments, environment: environment)
    }

    /// The same command, killed with SIGKILL after so many seconds unless it ended before.
    package func killed(after seconds: Double) -> Command {
        Command(
            program: URL(filePath: "/usr/bin/timeout"),
            arguments: ["--foreground", "--signal=KILL", String(format: "%.4f", seconds), program.path] + arguments,
            environment: environment)
    }

    /// Runs to the end; output goes through files, so that no pipe can fill up.
    ///
    /// It gets no other open file of the test, so that what it starts and leaves behind keeps no other run waiting. `onStart` gets
    /// the process's number, `onError` each piece of stderr as it is written.
    ///
    /// - Throws: `CancellationError` where the test was cancelled; the process is dead then.
    package func run(
        onStart: (Int32) -> Void = { _ in }, onError: (@Sendable (String) -> Void)? = nil
    ) async throws -> Outcome {
        let scratch = try ScratchFolder()
        let output = FileDescriptorOutput.fileDescriptor(
            try Self.file(scratch.path("out")), closeAfterSpawningProcess: true)
        let errors = try Self.file(scratch.path("err"))
        let status: TerminationStatus
        if let onError {
            defer { try? errors.close() }
            status = try await start(in: scratch, output: output, error: .sequence) { execution in
                onStart(execution.processIdentifier.value)
                for try await piece in execution.standardError {
                    let bytes = unsafe piece.withUnsafeBytes { unsafe Array($0) }
                    _ = try errors.writeAll(bytes)
                    onError(String(decoding: bytes, as: UTF8.self))
                }
            }
        } else {
            status = try await start(
                in: scratch, output: output, error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
            ) { onStart($0.processIdentifier.value) }
        }
        try Task.checkCancellation()
        return Outcome(
            status, out: try String(contentsOfFile: scratch.path("out"), encoding: .utf8),
            err: try String(contentsOfFile: scratch.path("err"), encoding: .utf8))
    }

    private func start<Failure: ErrorOutputProtocol>(
        in scratch: ScratchFolder, output: FileDescriptorOutput, error: Failure,
        body: (Execution<NoInput, FileDescriptorOutput, Failure>) async throws -> Void
    ) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .kill, allowedDurationToNextStep: .milliseconds(100))]
        let variables = environment.map { (Environment.Key(stringLiteral: $0), $1) }
        return try await Subprocess.run(
            .path(FilePath(program.path)), arguments: Arguments(arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)),
            workingDirectory: FilePath(scratch.url.path), platformOptions: options, input: .none, output: output,
            error: error, body: body
        ).terminationStatus
    }

    private static func file(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
}

extension Command.Outcome {
    init(_ end: TerminationStatus, out: String, err: String) {
        switch end {
        case .exited(let code): self.init(status: code, wasKilled: [124, 137].contains(code), out: out, err: err)
        case .signaled(let signal): self.init(status: signal, wasKilled: true, out: out, err: err)
        }
    }
}
