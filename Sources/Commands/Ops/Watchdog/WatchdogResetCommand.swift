import ArgumentParser
import CommandRuntime
import Jobs
import Journal

struct WatchdogResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Reset the restart limit of a service that the watchdog has given up on.")

    @Argument(help: "Name of the service.")
    var name: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let output = common.output
        try await output.run {
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            _ = try await parts.watchedServices(named: name)
            try await parts.journal().resetWatched(name)
            output.note("\(name) may be restarted again.")
            return .complete
        }
    }
}
