import Foundation
import Host
import NIOConcurrencyHelpers
import Postgres
import Resilience
import Subprocess
package import SystemPackage

/// Finds the programs of Postgres that are new enough for a server.
package struct PostgresPrograms: Sendable {
    /// Folders, in the order in which they are searched.
    private let folders: [String]
    /// How long one may take to tell its version.
    private let patience: Duration

    /// - Parameters:
    ///   - path: `PATH`.
    ///   - installations: where a distribution keeps each major version's programs, in `NN/bin`.
    ///   - patience: how long one may take to tell its version.
    package init(
        path: String? = ProcessInfo.processInfo.environment["PATH"], installations: String? = "/usr/lib/postgresql",
        patience: Duration = .seconds(60)
    ) {
        self.patience = patience
        let named = (path ?? "").split(separator: ":").map(String.init)
        let majors = installations.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? []
        let newestFirst = majors.compactMap { Int($0) }.sorted(by: >)
        folders = named + newestFirst.map { "\(installations ?? "")/\($0)/bin" }
    }

    /// A program that was found, with its version.
    package struct Found: Sendable {
        package let path: FilePath
        package let version: PostgresVersion
    }

    /// The first that is not older than the server.
    ///
    /// - Throws: `BackupFault.programMissing`, `.programTooOld`.
    package func find(_ name: String, for server: PostgresVersion) async throws -> Found {
        var newest: PostgresVersion?
        var silent: BackupFault?
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            let path = FilePath("\(folder)/\(name)")
            let version: PostgresVersion?
            do {
                version = try await Self.version(of: path, within: patience)
            } catch let fault as BackupFault {
                silent = fault  // There may be another that answers.
                continue
            }
            guard let version else { continue }
            if version.major >= server.major { return Found(path: path, version: version) }
            if version.major > newest?.major ?? 0 { newest = version }
        }
        guard let newest else { throw silent ?? BackupFault.programMissing(name: name, major: server.major) }
        throw BackupFault.programTooOld(
            name: name, version: "\(newest)", needed: "\(server.major) or newer, as the server is")
    }

    /// Nil for what is no program that can be run: there may be another.
    ///
    /// - Throws: `BackupFault.programFailed` where it does not answer; it is ended then, with all that it has started.
    private static func version(of program: FilePath, within patience: Duration) async throws -> PostgresVersion? {
        do {
            let answer = try await Program(program.string, ["--version"], deadline: patience).run()
            return PostgresVersion(answer.output)
        } catch ProgramFault.overdue {
            throw BackupFault.programFailed(
                name: program.string,
                problem: "it did not answer to --version within \(patience.components.seconds) s, and was ended")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return nil
        }
    }
}

/// One run of a program of Postgres: where it connects to stands in its environment, never among its arguments.
struct PostgresProgram: Sendable {
    let name: String
    let path: FilePath
    let settings: PostgresSettings

    /// Where to connect, and what makes texts the same whatever the host, the database and the role are set to.
    private var environment: [String: String?] {
        var values: [String: String?] = settings.environment
        let options = [settings.environment["PGOPTIONS"], "-c bytea_output=hex"].compactMap(\.self)
        values["PGOPTIONS"] = options.joined(separator: " ")
        values.merge(Self.fixed) { _, new in new }
        // libpq lets a service decide before the environment, and Debian's wrapper of the programs lets PGCLUSTER.
        for name in ["PGSERVICE", "PGCLUSTER"] { values[name] = .some(nil) }
        return values
    }

    /// Runs it with streams that `body` reads and writes; a cancelled run is ended.
    ///
    /// - Throws: `BackupFault.programFailed` where it cannot be started, or what `body` throws.
    func stream<Result, Input: InputProtocol, Output: OutputProtocol>(
        _ arguments: [String], input: Input, output: Output,
        body: (Execution<Input, Output, SequenceOutput>) async throws -> Result
    ) async throws -> ExecutionResult<Result, Output, SequenceOutput> {
        do {
            return try await Program(path.string, arguments, environment: environment, deadline: .zero).stream(
                input: input, output: output, error: .sequence, body: body)
        } catch let fault as ProgramFault {
            throw failed(fault.summary)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw failed("\(error)")
        }
    }

    private static let fixed = [
        "LC_ALL": "C", "PGTZ": "UTC", "PGAPPNAME": "cryptotrader-backup", "PGCLIENTENCODING": "UTF8",
    ]

    /// The fault of a run that failed, with the last that the program said; no password in it.
    func failed(_ problem: String) -> BackupFault {
        let password = settings.environment["PGPASSWORD"] ?? ""
        return .programFailed(
            name: name,
            problem: problem.hiding(password).replacing(/(password=)('[^']*'|[^\s;]+)/) { "\($0.1)\(Self.redacted)" }
                .replacing(/(:\/\/[^:\/@\s]*:)[^@\s]+@/) { "\($0.1)\(Self.redacted)@" })
    }

    private static let redacted = "<redacted>"

    /// The fault of a run that ended like this; nil where it ended well.
    func failure(_ status: TerminationStatus, lastWords: String) -> BackupFault? {
        let end: String
        switch status {
        case .exited(0): return nil
        case .exited(let code): end = "exit status \(code)"
        case .signaled(let signal): end = "ended by signal \(signal)"
        }
        return failed(lastWords.isEmpty ? end : "\(end): \(lastWords)")
    }

    /// Reads what the program says on stderr to its end, and keeps the last of it as one line.
    @concurrent static func lastWords(of sequence: SubprocessOutputSequence) async throws -> String {
        var tail: [UInt8] = []
        for try await buffer in sequence {
            buffer.withSpan { $0.append(to: &tail, limit: $0.count) }
            if tail.count > 4096 { tail.removeFirst(tail.count - 2048) }
        }
        return String(decoding: tail, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(3).joined(
            separator: "; ")
    }
}

/// Ends a program that has been silent for too long.
struct SilenceWatch: Sendable {
    private let last = NIOLockedValueBox(ContinuousClock.now)
    private let isOver = NIOLockedValueBox(false)
    let limit: Duration

    init(limit: Duration) { self.limit = limit }

    /// Notes that something came.
    func heard() { last.withLockedValue { $0 = .now } }

    var wasSilent: Bool { isOver.withLockedValue { $0 } }

    /// Waits until nothing has come for so long, and then ends the program; a cancellation ends the wait.
    func end(_ end: @Sendable () throws -> Void) async throws {
        while true {
            let due = last.withLockedValue { $0 } + limit
            if ContinuousClock.now >= due {
                isOver.withLockedValue { $0 = true }
                return try end()
            }
            try await Task.sleep(until: due)
        }
    }
}
