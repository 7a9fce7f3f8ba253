import ArgumentParser
import CommandRuntime

@main
struct FrontendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frontend",
        abstract: "Shows candles, their completeness and the host's health to browsers on the LAN.",
        discussion: "Exit codes: 0 stopped, 64 usage, 69 the port is taken, 78 configuration.",
        subcommands: [ServeCommand.self])

    static func main() async { await runProgram() }
}
