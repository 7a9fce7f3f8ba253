import ArgumentParser
import CommandRuntime
import Logs

struct LogsRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Rotates the logs that are due, compresses older ones, and removes those past their time.",
        discussion: """
            A log is due at the first run of a UTC day (backup*.log: of a week), or when it is larger than 100 MB (.jsonl: 10 MB). Kept \
            are backup*.log for 12 weeks, health.log, watchdog.log and service_* for LOG_ROTATION_DAYS, others for 30 days. It may be \
            killed at any moment: nothing is lost, and the next run goes on.
            """)

    @Flag(name: .customLong("dry-run"), help: "Only say what would be done.")
    var dryRun = false

    @Flag(help: "Rotate every log that is not empty, due or not.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let logs = try await common.settings().logs
            let rotation = LogRotation(folder: logs.folder, serviceDays: logs.rotationDays, now: Composition.now)
            if dryRun {
                LogRotationText(planned: try rotation.plan(force: force)).print(on: common.output)
                return .complete
            }
            let report = try rotation.run(force: force)
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
