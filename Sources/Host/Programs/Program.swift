import Foundation
import Glibc
package import Resilience
package import Subprocess
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
        let overdue = ProgramFault.overdue(name: name, after: deadline)
        return try await withDeadline(deadline, orThrow: overdue) { try await start() }
    }

    private func start() async throws -> ProgramEnd {
        // A program may end without having read its input, which is no error; an input that is not given to the end by us is one that
        // the library stops the process for.
        let result = try await stream(input: .inputWriter, output: .sequence, error: .sequence) { execution in
            async let written: Void = Self.give(input, to: execution.standardInputWriter)
            async let errors = Self.tail(of: execution.standardError)
            let output = try await Self.tail(of: execution.standardOutput)
            await written
            return (output, try await errors)
        }
        try Task.checkCancellation()
        return ProgramEnd(result.terminationStatus, output: result.closureResult.0, errors: result.closureResult.1)
    }

    /// Runs it with streams that `body` reads and writes, to its end and without the deadline; cancelled as `run` is, `input` unused.
    ///
    /// - Throws: `ProgramFault.missing`, `SubprocessError` where it cannot be started, or what `body` throws.
    package func stream<Result, Input: InputProtocol, Output: OutputProtocol, Failure: ErrorOutputProtocol>(
        input: Input, output: Output, error: Failure,
        body: (Execution<Input, Output, Failure>) async throws -> Result
    ) async throws -> ExecutionResult<Result, Output, Failure> {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100)),
        ]
        do {
            return try await Subprocess.run(
                name.contains("/") ? .path(FilePath(name)) : .name(name), arguments: Arguments(arguments),
                environment: sharesSecrets ? .sharingSecrets(environment) : .withoutSecrets(environment),
                workingDirectory: folder.map { FilePath($0) }, platformOptions: options, input: input, output: output,
                error: error, body: body)
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

/// How a program ended, and what it said.
package struct ProgramEnd: Sendable, Equatable {
    /// Its exit status; 128 and the signal's number where a signal ended it, as shells say it.
    package let status: Int
    /// The last 256 KiB of stdout and of stderr.
    package let output: String
    package let errors: String

    init(_ status: TerminationStatus, output: String, errors: String) {
        switch status {
        case .exited(let code): self.status = Int(code)
        case .signaled(let signal): self.status = 128 + Int(signal)
        }
        self.output = output
        self.errors = errors
    }

    package var succeeded: Bool { status == 0 }

    /// The last lines that it said, as one line for a message.
    package var lastWords: String {
        let words = errors.isEmpty ? output : errors
        return String(words.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ").suffix(500))
    }
}

/// Why another program could not do its work.
package enum ProgramFault: Fault, Equatable {
    case missing(name: String)
    case overdue(name: String, after: Duration)

    package var code: String {
        switch self {
        case .missing: "program-missing"
        case .overdue: "program-overdue"
        }
    }
    package var kind: FaultKind { .unavailable }

    package var disposition: Disposition {
        switch self {
        case .missing: .permanent
        case .overdue: .retryable(after: nil)
        }
    }

    package var summary: String {
        switch self {
        case .missing(let name): "there is no program '\(name)'"
        case .overdue(let name, let limit): "'\(name)' did not end within \(limit.components.seconds) s, and was ended"
        }
    }

    package var hint: String? {
        switch self {
        case .missing(let name): "install \(name), or put its folder in PATH"
        case .overdue(let name, _): "run '\(name)' by hand to see what it waits for"
        }
    }
}

extension Environment {
    /// What a program of others gets: our environment without our secrets, and with `changes`; nil takes a name out of it.
    package static func withoutSecrets(_ changes: [String: String?] = [:]) -> Environment {
        let none = Dictionary(uniqueKeysWithValues: SecretNames.all.map { ($0, String?.none) })
        return sharingSecrets(none.merging(changes) { $1 })
    }

    /// What a program of ours gets, which reads the same settings.
    package static func sharingSecrets(_ changes: [String: String?] = [:]) -> Environment {
        let keyed = changes.map { (Key(stringLiteral: $0.key), $0.value) }
        return .inherit.updating(Dictionary(uniqueKeysWithValues: keyed))
    }
}

/// The settings that are secrets: no program of others that we start gets them, and nothing shows them.
package enum SecretNames {
    package static let all: Set = [
        "DATABASE_URL", "FRONTEND_DATABASE_URL", "POSTGRES_PASSWORD", "PGPASSWORD", "BACKUP_PING_URL",
        "TELEGRAM_BOT_TOKEN", "SMTP_URL", "ADMIN_ALERT_WEBHOOK", "ALERT_PING_URL",
    ]

    package static func contains(_ name: String) -> Bool { all.contains(name) }
}
