import ArgumentParser

struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert",
        abstract: "Send, list, silence and test alerts.",
        subcommands: [
            AlertSendCommand.self, AlertTestCommand.self, AlertSetupCommand.self, AlertListCommand.self,
            AlertSilenceCommand.self,
        ])
}
