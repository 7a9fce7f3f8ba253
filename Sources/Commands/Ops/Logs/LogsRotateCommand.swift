import ArgumentParser
import CommandRuntime
import Jobs
import Logs

struct LogsRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotate the logs that are due, compress older ones, and delete expired ones.",
        discussion: """
            bot.jsonl, errors.log, health.log, watchdog.log and service_* are due at the first run of a UTC day, or when they are larger \
            than 10 MB, and are kept for LOG_ROTATION_DAYS; backup.log at the first run of a week, for 12 weeks. \
            Other files are never touched. After a jump of the clock nothing is deleted. A run that is killed loses nothing, and the \
            next run continues.
            """)

    @Flag(name: .customLong("dry-run"), help: "Print what would be done. Change nothing.")
    var dryRun = false

    @Flag(help: "Rotate every log that is not empty, even if it is not due.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            let rotation = parts.logRotation
            let ages = await parts.ages(of: rotation)
            if dryRun {
                let (steps, notice) = try rotation.plan(force: force, ages: ages)
                if let notice { common.output.note(notice) }
                LogRotationText(planned: steps).print(on: common.output)
                return .complete
            }
            let report = try rotation.run(force: force, ages: ages)
            if let notice = report.notice { common.output.note(notice) }
            LogRotationText(report).print(on: common.output)
            for failure in report.failures { common.output.fail(failure, document: false) }
            return ExitStatus.worst(of: report.failures.map { ExitStatus(ending: $0) })
        }
    }
}

/// What a rotation did, or would do, as lines or a document.
struct LogRotationText {
    private let document: Document

    init(_ report: LogRotationReport) {
        document = Document(isDryRun: false, report.done, report.postponed, report.failures.map(\.summary))
    }

    init(planned steps: [RotationStep]) { document = Document(isDryRun: true, steps, [], []) }

    func print(on output: CommandOutput) {
        if output.json { return output.print(document) }
        let verb = document.isDryRun ? "would " : ""
        for name in document.removed { output.say("\(verb)remove \(name)") }
        for pair in document.rotated { output.say("\(verb)rotate \(pair.file) to \(pair.to)") }
        for name in document.compressed { output.say("\(verb)compress \(name)") }
        for name in document.postponed { output.say("\(name) is still written to, and is compressed later") }
        if document.isEmpty { output.say("Nothing to do.") }
    }

    private struct Document: Encodable {
        struct Rotated: Encodable {
            let file: String
            let to: String
        }

        let isDryRun: Bool
        var rotated: [Rotated] = []
        var compressed: [String] = []
        var removed: [String] = []
        var postponed: [String] = []
        let failures: [String]

        init(isDryRun: Bool, _ done: [RotationStep], _ later: [RotationStep], _ failures: [String]) {
            self.isDryRun = isDryRun
            self.failures = failures
            for step in done { add(step) }
            for case .compress(let name) in later { postponed.append(name) }
        }

        var isEmpty: Bool {
            rotated.isEmpty && compressed.isEmpty && removed.isEmpty && postponed.isEmpty && failures.isEmpty
        }

        private mutating func add(_ step: RotationStep) {
            switch step {
            case .discard(let name), .remove(let name): removed.append(name)
            case .rename(let name, let other): rotated.append(Rotated(file: name, to: other))
            case .compress(let name): compressed.append(name)
            }
        }

        enum CodingKeys: String, CodingKey {
            case rotated, compressed, removed, postponed, failures
            case isDryRun = "dry_run"
        }
    }
}
