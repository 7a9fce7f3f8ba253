import Candles
import Foundation
package import Jobs
import Storage
import SystemPackage

/// Runs an export: where the text goes, and what is said of it.
package struct ExportRun: Sendable {
    private let parts: any JobParts
    private let output: any JobOutput
    private let format: ExportText.Format
    private let target: OutputTarget?

    /// `target` is the file to write; nil is stdout.
    package init(parts: any JobParts, output: any JobOutput, format: ExportText.Format, target: OutputTarget?) {
        self.parts = parts
        self.output = output
        self.format = format
        self.target = target
    }

    /// - Returns: Nil where the reader of stdout had enough.
    package func run(_ job: ExportJob) async throws -> ExportReport? {
        let store = try await parts.openStore { _, _ in }
        let export = Export(store: store, isStopping: parts.isStopping)
        let report: ExportReport?
        if let target {
            let file = try OutputFile(target)
            defer { file.discard() }
            report = try await export.run(job, as: format, now: parts.now(), write: file.write)
            try file.finish()
        } else {
            report = try await untilClosed {
                try await export.run(job, as: format, now: parts.now(), write: StandardOutput.write)
            }
        }
        await store.close()
        if let report, report.unknown > 0 {
            output.note(
                "\(report.unknown) intervals are unknown and have no row: 'ingest gaps' lists them, a backfill asks for them"
            )
        }
        return report
    }

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
    package var exitStatus: ExitStatus { unknown == 0 ? .complete : .partial }
}

/// The `--json` form of an export to a file.
package struct ExportDocument: Encodable {
    let symbol: String
    let timeframe: String
    let start: String
    let end: String
    let exit_code: Int32
    let rows: Int
    let filled: Int
    let unknown: Int
    let file: String?

    package init(_ report: ExportReport, path: String?) {
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
