import ArgumentParser

struct WatchdogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watchdog",
        abstract:
            "Restarts services that do not work, a few times an hour, and tells a person where that does not help.",
        discussion: """
            The file of WATCHDOG_CONFIG lists the services (docs/WATCHDOG.md). Without it the units of this program are watched. \
            Every line is also written to LOG_DIR/watchdog.log.
            """,
        subcommands: [
            WatchdogCheckCommand.self, WatchdogRunCommand.self, WatchdogHistoryCommand.self, WatchdogResetCommand.self,
        ])
}
