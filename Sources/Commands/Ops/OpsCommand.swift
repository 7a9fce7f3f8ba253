import ArgumentParser
import CommandRuntime

@main
struct OpsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract: "Operate a host: tasks, alerts, health, watchdog, logs and backups.",
        discussion: """
            Start with `ops status`. If something is wrong, run `ops doctor`. Exit codes: 0 done, 1 unhealthy, 10 stopped, \
            12 suspect or damaged, 20 a restore failed and was rolled back, 21 it could not be rolled back, 64 usage or not confirmed, \
            69 unavailable, 74 storage, 75 busy, 78 configuration.
            """,
        version: ProgramVersion.text,
        subcommands: [
            RunCommand.self, StatusCommand.self, DoctorCommand.self, HealthCommand.self, AlertCommand.self,
            BreakersCommand.self, WatchdogCommand.self, LogsCommand.self, BackupCommand.self, BackupsCommand.self,
            VerifyCommand.self, RestoreCommand.self,
        ])

    static func main() async { await runProgram() }
}
