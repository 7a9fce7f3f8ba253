import ArgumentParser
import Candles
import Foundation

@main struct BitfinexReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bitfinex-replay",
        abstract: "Simulate Bitfinex's public API offline, with recorded or generated candles.",
        subcommands: [ServeCommand.self])

    /// As the library would, but for what is said of arguments that cannot be used: they may be another program's.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            if code == .success { exit(withError: error) }
            complain(fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false))
            Foundation.exit(code.rawValue)
        }
    }

    /// Lines on stderr, with nothing in them that could steer a terminal.
    static func complain(_ lines: [some StringProtocol]) {
        let text = lines.map { $0.visible + "\n" }.joined()
        // Nobody may listen.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
