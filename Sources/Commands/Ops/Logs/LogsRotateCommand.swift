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
                common.output.print(LogRotationText(planned: steps))
                return .complete
            }
            let report = try rotation.run(force: force, ages: ages)
            if let notice = report.notice { common.output.note(notice) }
            common.output.print(LogRotationText(report))
            for failure in report.failures { common.output.fail(failure, document: false) }
            return ExitStatus.worst(of: report.failures.map { ExitStatus(ending: $0) })
        }
    }
}

extension CommandOutput {
    fileprivate func print(_ text: LogRotationText) { json ? print(text.document) : say(lines: text.lines) }
}
