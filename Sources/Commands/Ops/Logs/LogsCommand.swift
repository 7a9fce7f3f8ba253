import ArgumentParser

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Shows and rotates the logs in LOG_DIR.",
        subcommands: [LogsShowCommand.self, LogsRotateCommand.self])
}
