package import Resilience

/// Why alerts are not set up.
package enum AlertSetupFault: Fault, Equatable {
    case noTerminal
    case noChannel
    case noChat(bot: String)
    case unanswered

    package var code: String {
        switch self {
        case .noTerminal: "alert-setup-no-terminal"
        case .noChannel: "alert-no-channel"
        case .noChat, .unanswered: "alert-setup-no-chat"
        }
    }
    package var kind: FaultKind {
        switch self {
        case .noTerminal: .usage
        case .noChannel: .configuration
        case .noChat, .unanswered: .unavailable
        }
    }

    package var disposition: Disposition { .permanent }

    package var summary: String {
        switch self {
        case .noTerminal: "there is no terminal to ask questions on"
        case .noChannel: "no channel for alerts is configured"
        case .noChat(let bot): "nobody wrote to @\(bot) in the last 24 hours"
        case .unanswered: "the question was not answered; nothing was written"
        }
    }

    package var hint: String? {
        switch self {
        case .noTerminal: "run it on a terminal, or set TELEGRAM_BOT_TOKEN and give --chat-id"
        case .noChannel: "run 'ops alert setup', or set ALERT_EMAIL or ADMIN_ALERT_WEBHOOK"
        case .noChat(let bot): "write /start to @\(bot), in a group /start@\(bot), and run it again"
        case .unanswered: "run it again"
        }
    }
}
