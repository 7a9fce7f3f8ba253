package import Candles
package import Foundation
package import Host
package import Logging
package import Transport

/// What the environment says of channels; it comes before the file.
package struct ChannelEnvironment: Sendable, Equatable {
    package var telegramToken: Secret<String>?
    package var telegramChat: String?
    /// Without `/bot`.
    package var telegramBase: URL
    /// With commas between addresses.
    package var email: String?
    package var emailFrom: String?
    /// smtp or smtps, with user and password.
    package var smtp: Secret<URL>?
    package var webhook: Secret<URL>?
    package var desktop: Bool?
    /// This host's name, for the sender of mails.
    package var host: String

    package init(telegramBase: URL, host: String) {
        self.telegramBase = telegramBase
        self.host = host
    }
}

/// Which channels there are, by environment and file.
package struct AlertChannels: Sendable, Equatable {
    struct Bot: Sendable, Equatable {
        let token: Secret<String>
        let chat: String
    }
    struct Mail: Sendable, Equatable {
        let sender: String
        let recipients: [String]
        let server: Secret<URL>?
    }

    /// Of every kind of channel, whether it is on or not.
    package static let allNames = [TelegramAPI.channel, "discord", "webhook", "email", "desktop", LogFileChannel.name]

    private let telegram: Bot?
    private let discord: Secret<URL>?
    private let webhook: Secret<URL>?
    private let email: Mail?
    private let desktop: Bool
    private let base: URL
    private let file: AlertConfiguration

    /// - Throws: `AlertConfigurationFault.wrong`, with everything that is wrong.
    package init(_ environment: ChannelEnvironment, _ file: AlertConfiguration) throws(AlertConfigurationFault) {
        var problems: [String] = []
        telegram = Self.telegram(environment, file.telegram, &problems)
        email = Self.email(environment, file.email, &problems)
        let named = environment.webhook.map { (WebhookKind($0.value), $0) }
        discord = named?.0 == .discord ? named?.1 : Self.address(file.discord, "discord.webhook_url", &problems)
        webhook = named?.0 == .generic ? named?.1 : Self.address(file.webhook, "webhook.url", &problems)
        desktop = environment.desktop ?? file.desktop
        base = environment.telegramBase
        self.file = file
        if !problems.isEmpty { throw .wrong(problems: problems) }
    }

    /// Of the channels that `make` makes.
    package var names: Set<String> {
        let isOn = [
            (TelegramAPI.channel, telegram != nil), ("discord", discord != nil), ("webhook", webhook != nil),
            ("email", email != nil), ("desktop", desktop),
        ]
        return Set(isOn.filter(\.1).map(\.0))
    }

    /// The channels that lead off this host or onto its desktop; none where nothing is set.
    ///
    /// The connect limit of `transport` must be shorter than 15 seconds, which is the deadline of a call; `memory` gives what the
    /// channel of that name remembers; `variables` are the process's environment.
    package func make(
        over transport: any HTTPTransport, memory: (String) -> ChannelMemory = { _ in .none },
        variables: [String: String], logger: Logger, now: @escaping @Sendable () -> UnixMilliseconds
    ) -> [any AlertChannel] {
        var channels: [any AlertChannel] = []
        if let telegram {
            channels.append(
                TelegramChannel(
                    token: telegram.token, chat: telegram.chat, base: base, threshold: file.telegram.threshold,
                    memory: memory(TelegramAPI.channel), over: transport, logger: logger))
        }
        if let discord {
            channels.append(DiscordChannel(discord, threshold: file.discord.threshold, over: transport))
        }
        if let webhook {
            channels.append(WebhookChannel(webhook, threshold: file.webhook.threshold, over: transport))
        }
        if let email {
            channels.append(
                EmailChannel(
                    from: email.sender, to: email.recipients, server: email.server, threshold: file.email.threshold,
                    now: now))
        }
        if desktop { channels.append(DesktopChannel(environment: variables)) }
        return channels
    }
}

extension AlertChannels {
    private static func telegram(
        _ environment: ChannelEnvironment, _ file: AlertConfiguration.Telegram, _ problems: inout [String]
    ) -> Bot? {
        guard environment.telegramToken != nil || file.isEnabled else { return nil }
        let found = problems.count
        let token = environment.telegramToken ?? file.token
        let chat = environment.telegramChat ?? file.chat
        if let token, !TelegramAPI.isToken(token.value) {
            problems.append("TELEGRAM_BOT_TOKEN is no token; it looks like 123456:ABC-DEF…, as @BotFather gave it")
        }
        if token == nil { problems.append("Telegram is enabled, and has no token; set TELEGRAM_BOT_TOKEN") }
        if let chat, !TelegramChannel.isChat(chat) {
            problems.append("TELEGRAM_CHAT_ID is '\(chat.shortened(to: 60))'; it must be a number, or @channel")
        }
        if chat == nil {
            problems.append("Telegram has a token, and no chat; set TELEGRAM_CHAT_ID, or run 'ops alert setup'")
        }
        guard problems.count == found, let token, let chat else { return nil }
        return Bot(token: token, chat: chat)
    }

    private static func email(
        _ environment: ChannelEnvironment, _ file: AlertConfiguration.Email, _ problems: inout [String]
    ) -> Mail? {
        guard let list = environment.email ?? (file.isEnabled ? file.recipients ?? "" : nil) else { return nil }
        let recipients = EmailAddress.list(list)
        let sender = environment.emailFrom ?? file.sender ?? "cryptotrader@\(environment.host)"
        if recipients.isEmpty { problems.append("e-mail is enabled, and goes to nobody; set ALERT_EMAIL") }
        for address in recipients where !EmailAddress.isUsable(address) {
            problems.append("ALERT_EMAIL has '\(address.shortened(to: 60))', which is no address")
        }
        if !EmailAddress.isUsable(sender) {
            problems.append("ALERT_EMAIL_FROM is '\(sender.shortened(to: 60))', which is no address")
        }
        return Mail(sender: sender, recipients: recipients, server: environment.smtp ?? file.server)
    }

    private static func address(
        _ file: AlertConfiguration.Webhook, _ name: String, _ problems: inout [String]
    ) -> Secret<URL>? {
        guard file.isEnabled else { return nil }
        if file.address == nil { problems.append("\(name) is missing") }
        return file.address
    }
}
