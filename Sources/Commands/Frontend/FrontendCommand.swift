import ArgumentParser
import CommandRuntime

@main
struct FrontendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frontend",
        abstract: "Serve a dashboard of candles, their completeness and the health of hosts.",
        discussion: "Exit codes: 0 stopped, 64 usage, 69 the port is taken, 78 configuration.",
        version: ProgramVersion.text,
        subcommands: [ServeCommand.self])

    static func main() async { await runProgram() }
}
