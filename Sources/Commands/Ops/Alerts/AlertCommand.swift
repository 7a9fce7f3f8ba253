import ArgumentParser

struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert",
        abstract: "Tells people what is wrong, and shows what they were told.",
        subcommands: [
            AlertSendCommand.self, AlertTestCommand.self, AlertSetupCommand.self, AlertListCommand.self,
            AlertSilenceCommand.self,
        ])
}
