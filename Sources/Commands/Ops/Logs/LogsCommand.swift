import ArgumentParser

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show and rotate the logs in LOG_DIR.",
        subcommands: [LogsShowCommand.self, LogsRotateCommand.self])
}
