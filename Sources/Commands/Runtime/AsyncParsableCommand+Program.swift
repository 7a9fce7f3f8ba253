package import ArgumentParser
import Foundation

extension AsyncParsableCommand {
    /// Runs the program that was asked for in its arguments, as the library would, but for what it says of arguments that it cannot
    /// use: they may be another program's, and steer no terminal.
    package static func runProgram() async {
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
            let message = fullMessage(for: error)
            if !message.isEmpty {
                let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
                StandardStream.error.write(lines: lines)
            }
            Foundation.exit(code.rawValue)
        }
    }
}
