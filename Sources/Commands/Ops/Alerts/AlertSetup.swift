import Alerts
import CommandRuntime
import Foundation
import Host
import Jobs

/// The conversation that sets up Telegram.
struct AlertSetup {
    let parts: Composition
    let output: CommandOutput
    /// Given beforehand.
    let chat: String?
    let hasTerminal: Bool
    private static let patience = Duration.seconds(600)

    func run() async throws -> ExitStatus {
        if let chat, !TelegramChannel.isChat(chat) {
            throw OptionsFault.outOfRange("--chat-id", "a number, or @channel")
        }
        let known = parts.settings.alerts.telegramToken
        if !hasTerminal, known == nil || chat == nil { throw AlertSetupFault.noTerminal }
        // Before any question: a file that cannot be read is not written over in the end.
        _ = try parts.alertFile.read()
        let token = if let known { known } else { try await askToken() }
        let bot = parts.telegramSetup(token: token)
        let name = try await bot.botName()
        output.note("This is the token of @\(name).")
        let chat = if let chat { chat } else { try await findChat(bot, name) }
        try await parts.telegram(token: token, chat: chat).deliver(parts.testNotice())
        try parts.alertFile.save(token: token, chat: chat)
        output.note("A test message is in chat \(chat).")
        if output.json {
            output.print(["file": parts.alertFile.path, "bot": name, "chat": chat])
        } else {
            output.say("Alerts go to chat \(chat) of @\(name); this is kept in \(parts.alertFile.path).")
        }
        return .complete
    }

    private func askToken() async throws -> Secret<String> {
        output.ask("Token of the bot, as @BotFather gave it (it is not shown): ")
        await TerminalEcho.off()
        let answer = try await answer()
        await TerminalEcho.on()
        output.note("")
        return Secret(answer)
    }

    /// Asks until somebody has written to the bot, at most five times.
    private func findChat(_ bot: TelegramSetup, _ name: String) async throws -> String {
        for _ in 0..<5 {
            output.ask("Write /start to @\(name), in a group /start@\(name), then press Enter here: ")
            _ = try await answer()
            let chats = try await bot.chats()
            if chats.count == 1 { return chats[0].id }
            if !chats.isEmpty { return try await choose(chats) }
            output.note("Nobody has written to @\(name) yet.")
        }
        throw AlertSetupFault.noChat(bot: name)
    }

    private func choose(_ chats: [TelegramSetup.Chat]) async throws -> String {
        for (index, chat) in chats.enumerated() { output.note("  \(index + 1)  \(chat.name) (\(chat.id))") }
        while true {
            output.ask("Which of these is to get the alerts, 1 to \(chats.count)? ")
            if let number = Int(try await answer()), chats.indices.contains(number - 1) { return chats[number - 1].id }
        }
    }

    private func answer() async throws -> String {
        guard let line = try await TerminalAnswer.line(within: Self.patience) else { throw AlertSetupFault.unanswered }
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
