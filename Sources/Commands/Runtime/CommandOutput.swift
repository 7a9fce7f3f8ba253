import ArgumentParser
import Foundation
package import Jobs
package import Logging
import Resilience
import SystemPackage

/// Prints what a command has to say: documents and tables on stdout, everything else on stderr.
package struct CommandOutput: JobOutput {
    package let json: Bool

    private let record = CommandRecord()

    package init(json: Bool) { self.json = json }

    /// From here on everything that is said beside the result, down to `LOG_LEVEL`, is also in the files of logs.
    ///
    /// `source` is the part of the program that says so there. Copies of this value share it.
    package func keep(in logs: LogSettings, as source: String) { record.begin(logs, source: source) }

    /// From here on an error is told of as that of a run which the journal counts; of none where `run` is nil.
    package func belongs(to run: Int64?) { record.belongs(to: run) }

    /// Not where lines alone are wanted.
    package var drawsBars: Bool { isatty(STDERR_FILENO) == 1 && !record.isPlain }

    package var isOfUnit: Bool { Self.isOfUnit && isatty(STDERR_FILENO) != 1 }

    private static var isOfUnit: Bool { ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil }

    package func show(bar: String) { StandardStream.error.replaceLine(by: bar) }

    /// Runs a command's body, prints an error that ends it, and turns either into the exit code.
    package func run(_ body: () async throws -> ExitStatus) async throws {
        var status: ExitStatus
        do {
            status = try await body()
            // Whoever reads the exit code alone must not take half a result for a whole one.
            if let reason = StandardStream.outputLoss { throw OutputFault.notWritten(reason: reason) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            fail(error)
            status = ExitStatus(ending: error)
        }
        await stayForTheJournal()
        if status != .complete { throw status.exitCode }
    }

    /// systemd's journal looks up in /proc whose line it is: of a process that is gone by then it does not know the unit, and
    /// `journalctl -u` would not show its last words.
    private func stayForTheJournal() async {
        guard Self.isOfUnit else { return }
        // Cut short by cancellation, which is as good as its end.
        try? await Task.sleep(for: .milliseconds(100))
    }

    /// One sentence on what failed, and one on what to do.
    ///
    /// `isResult`: whether the error is the whole result, and so the document of `--json`.
    package func fail(_ error: any Error, document isResult: Bool = true) {
        let document: ErrorDocument
        if let fault = error as? any Fault {
            document = ErrorDocument(code: fault.code, message: fault.summary, hint: fault.hint)
        } else if error is CancellationError {
            document = ErrorDocument(
                code: "stopped", message: "the run was stopped before its end",
                hint: "run it again: it goes on from there")
        } else {
            document = ErrorDocument(
                code: "bug", message: "\(error)", hint: "report this line: the program did not expect it")
        }
        if json, isResult { print(["error": document]) }
        var fields: Logger.Metadata = ["code": "\(document.code)"]
        if let hint = document.hint { fields["hint"] = "\(hint)" }
        record.writeOfRun(document.message, ExitStatus(ending: error).logLevel, fields)
        let text = "Error: \(document.message) [\(document.code)]"
        // Most summaries are one sentence, whatever others put into it; some are lists of ours.
        StandardStream.error.write(lines: error is any ListingFault ? text.split(separator: "\n") : [text[...]])
        if let hint = document.hint {
            StandardStream.error.write(line: "Try: \(hint)\(hint.hasSuffix("?") ? "" : ".")")
        }
    }

    /// One JSON document on stdout, keys sorted.
    package func print(_ document: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { return }  // Our documents hold nothing that JSON cannot.
        StandardStream.output.write(json: String(decoding: data, as: UTF8.self))
    }

    /// A line for people, on stdout.
    package func say(_ line: String) { StandardStream.output.write(line: line) }

    /// Lines for people, on stdout.
    package func say(lines: [String]) { StandardStream.output.write(lines: lines) }

    /// A question on stderr; the answer follows on the same line.
    package func ask(_ question: String) { StandardStream.error.write(piece: question) }

    /// A line beside the result, on stderr; one of a lower level than `LOG_LEVEL` is for nobody.
    package func note(_ line: String, _ level: Logger.Level = .info) {
        guard record.wants(level) else { return }
        record.write(line, level)
        StandardStream.error.write(line: line)
    }

    /// A line for the files of logs alone.
    package func keep(_ line: String, _ level: Logger.Level, _ fields: Logger.Metadata) {
        record.write(line, level, fields)
    }

    /// Whether `LOG_LEVEL` wants lines of this level.
    package func wants(_ level: Logger.Level) -> Bool { record.wants(level) }

    /// A line of the result, which is also kept in the logs; with `json` a document says it.
    package func report(_ line: String, _ level: Logger.Level = .info) {
        record.writeOfRun(line, level)
        if !json { say(line) }
    }
}

private struct ErrorDocument: Encodable {
    let code: String
    let message: String
    let hint: String?
}

extension ExitStatus {
    fileprivate var exitCode: ExitCode { ExitCode(rawValue) }

    /// How grave an end is in the logs: what the next run goes on with is no error.
    fileprivate var logLevel: Logger.Level {
        switch self {
        case .complete, .partial, .rateLimited, .busy: .warning
        default: .error
        }
    }
}

/// Why a result did not reach whoever asked for it.
enum OutputFault: Fault, Equatable {
    case notWritten(reason: Errno)

    var code: String { "output-not-written" }
    var kind: FaultKind { .storage }
    var disposition: Disposition { .permanent }
    var summary: String {
        switch self {
        case .notWritten(let reason): "the result could not be written to stdout: \(reason)"
        }
    }
    var hint: String? { "make room where stdout goes, and ask again; what the command did is done" }
}
