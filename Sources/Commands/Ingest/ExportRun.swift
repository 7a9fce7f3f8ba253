import Candles
import CommandRuntime
import Foundation
import Ingest
import Storage
import SystemPackage

/// Runs an export: where the text goes, what is said of it, exit status.
struct ExportRun {
    let output: CommandOutput
    let stop: StopSignals
    let format: ExportText.Format
    /// The file to write; nil is stdout.
    let target: OutputTarget?

    func run(_ job: ExportJob, _ parts: Composition) async throws -> ExitStatus {
        let store = try await parts.openStore()
        let export = Export(store: store, isStopping: { stop.isStopping })
        let report: ExportReport?
        if let target {
            let file = try OutputFile(target)
            defer { file.discard() }
            report = try await export.run(job, as: format, now: Composition.now(), write: file.write)
            try file.finish()
        } else {
            report = try await untilClosed {
                try await export.run(job, as: format, now: Composition.now(), write: StandardOutput.write)
            }
        }
        await store.close()
        guard let report else { return .complete }
        if output.json { output.print(ExportDocument(report, path: target?.path)) }
        if report.unknown > 0 {
            output.note(
                "\(report.unknown) intervals are unknown and have no row: 'ingest gaps' lists them, a backfill asks for them"
            )
        }
        return report.exitStatus
    }

    /// Nil where the reader had enough.
    private func untilClosed(_ body: () async throws -> ExportReport) async throws -> ExportReport? {
        // A write then fails, and the command ends in order.
        signal(SIGPIPE, SIG_IGN)
        do {
            return try await body()
        } catch is StandardOutput.Closed {
            return nil
        }
    }
}

/// Text for whoever reads stdout.
enum StandardOutput {
    /// The reader closed the pipe.
    struct Closed: Error {}

    /// - Throws: `Closed`, `ExportFault`.
    static func write(_ bytes: [UInt8]) throws {
        do {
            try FileDescriptor.standardOutput.writeAll(bytes)
        } catch Errno.brokenPipe {
            throw Closed()
        } catch {
            throw ExportFault.notWritten(path: "stdout", reason: "\(error)")
        }
    }
}

extension ExportReport {
    var exitStatus: ExitStatus { unknown == 0 ? .complete : .partial }
}

/// The `--json` form of an export to a file.
struct ExportDocument: Encodable {
    let symbol: String
    let timeframe: String
    let start: String
    let end: String
    let exit_code: Int32
    let rows: Int
    let filled: Int
    let unknown: Int
    let file: String?

    init(_ report: ExportReport, path: String?) {
        symbol = report.series.symbol.name
        timeframe = report.series.timeframe.rawValue
        start = report.range.start.iso8601
        end = report.range.end.iso8601
        exit_code = report.exitStatus.rawValue
        rows = report.rows
        filled = report.filled
        unknown = report.unknown
        file = path
    }
}
