import ArgumentParser
import CommandRuntime
import Frontend

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the dashboard until it is stopped.")

    @OptionGroup var common: CommonOptions

    @Option(help: "The address to listen at; 0.0.0.0 is every one. Default: FRONTEND_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "The port. Default: FRONTEND_PORT, else 5176.")
    var port: Int?
}
