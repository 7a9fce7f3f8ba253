import ArgumentParser

@main
struct OpsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops",
        abstract: "Backs up what ingest keeps, and brings it back.",
        discussion: """
            Exit codes: 0 done and verified, 10 stopped, 12 suspect or damaged, 20 a restore failed and was rolled back, 21 it could \
            not be rolled back, 64 usage or not confirmed, 69 unavailable, 74 storage, 75 busy, 78 configuration.
            """,
        subcommands: [
            RunCommand.self, StatusCommand.self, DoctorCommand.self, HealthCommand.self, AlertCommand.self,
            BreakersCommand.self, WatchdogCommand.self, LogsCommand.self, BackupCommand.self, BackupsCommand.self,
            VerifyCommand.self, RestoreCommand.self,
        ])
}
