import ArgumentParser

struct WatchdogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watchdog",
        abstract:
            "Restarts services that do not work, a few times an hour, and tells a person where that does not help.",
        discussion: """
            The services stand in the file of WATCHDOG_CONFIG (docs/WATCHDOG.md); without it our own units are watched. Every line goes \
            to LOG_DIR/watchdog.log too.
            """,
        subcommands: [
            WatchdogCheckCommand.self, WatchdogRunCommand.self, WatchdogHistoryCommand.self, WatchdogResetCommand.self,
        ])
}
