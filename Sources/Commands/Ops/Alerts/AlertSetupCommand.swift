import ArgumentParser
import CommandRuntime
import Foundation
import Glibc

struct AlertSetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract:
            "Sets up alerts by Telegram: asks for the bot's token, finds the chat, sends a test, writes ALERT_CONFIG.",
        discussion: """
            Make a bot with @BotFather first. Without a terminal, TELEGRAM_BOT_TOKEN and --chat-id are needed. Exit codes: 64 no \
            terminal, 69 Telegram does not answer or nobody wrote to the bot, 74 the file was not written, 78 Telegram refuses the token or \
            the chat.
            """)

    @Option(parsing: .unconditional, help: "The number of the chat, or @channel. Without it, the chat is looked up.")
    var chatID: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.output.run {
            let stop = StopSignals()
            let parts = Composition(settings: try await common.settings(SettingPart.operations))
            let setup = AlertSetup(parts: parts, output: common.output, chat: chatID, hasTerminal: isatty(0) == 1)
            do {
                return try await stop.run(grace: .zero) { try await setup.run() }
            } catch {
                // From a task that is not cancelled: a terminal must not stay silent.
                if isatty(0) == 1 { await TerminalEcho.on() }
                throw error
            }
        }
    }
}
