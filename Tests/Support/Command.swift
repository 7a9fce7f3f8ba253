package import Foundation

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
    /// `onStart` gets the process's number, `onError` each piece of stderr as it is written.
    package func run(
        onStart: (Int32) -> Void = { _ in }, onError: (@Sendable (String) -> Void)? = nil
    ) async throws -> Outcome {
        let scratch = try ScratchFolder()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = scratch.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(scratch.path("out"))
        let errors = try Self.file(scratch.path("err"))
        let pipe = Pipe()
        if let onError {
            pipe.fileHandleForReading.readabilityHandler = { handle in
                let data = handle.availableData
                if data.isEmpty { handle.readabilityHandler = nil }
                errors.write(data)
                onError(String(decoding: data, as: UTF8.self))
            }
            process.standardError = pipe
        } else {
            process.standardError = errors
        }
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        onStart(process.processIdentifier)
        for await _ in ended {}
        if process.isRunning {
            // The test was cancelled: nothing of it may live on.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw CancellationError()
        }
        return Outcome(
            status: process.terminationStatus,
            wasKilled: process.terminationReason == .uncaughtSignal || [124, 137].contains(process.terminationStatus),
            out: try String(contentsOfFile: scratch.path("out"), encoding: .utf8),
            err: try String(contentsOfFile: scratch.path("err"), encoding: .utf8))
    }

    private static func file(_ path: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return try FileHandle(forWritingTo: URL(filePath: path))
    }
}
