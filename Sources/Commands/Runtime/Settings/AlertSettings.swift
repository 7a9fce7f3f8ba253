package import Foundation
package import Host

extension Setting {
    static let alerts: [Setting] = [
        Setting(
            "ALERT_CONFIG",
            """
            JSON file with the channels, the resend intervals and how long alert logs are kept, readable by you \
            alone.
            """,
            default: "config/alert_config.json", otherwise: "; it need not exist"),
        Setting(
            "TELEGRAM_BOT_TOKEN", "Token of a Telegram bot, from @BotFather. A secret.",
            otherwise: "not set, and then the file's", isSecret: true, example: "123456:choose-one"),
        Setting(
            "TELEGRAM_CHAT_ID", "Number of the chat that the bot writes to, or @channel; `ops alert setup` finds it.",
            otherwise: "not set, and then the file's", example: "987654321"),
        Setting(
            "TELEGRAM_API_BASE", "Address of Telegram's Bot API, http or https, without /bot.",
            default: "https://api.telegram.org"),
        Setting(
            "ALERT_EMAIL",
            """
            Who gets alerts by e-mail; more than one with commas. Sent to SMTP_URL where that is set, else \
            through sendmail; in the systemd units msmtp's works, but not that of postfix or exim, which need \
            privileges that the units do not have.
            """,
            otherwise: "not set, and nothing is mailed", example: "me@example.org"),
        Setting(
            "ALERT_EMAIL_FROM", "The sender of these mails.",
            otherwise: "cryptotrader@ and the host's name", example: "cryptotrader@example.org"),
        Setting(
            "SMTP_URL",
            """
            A mail server, used by curl in place of sendmail: smtps://user:password@host:465, or smtp://…:587, \
            which must offer STARTTLS unless it is this host itself. A secret.
            """,
            isSecret: true, example: "smtps://user:password@example.org:465"),
        Setting(
            "ADMIN_ALERT_WEBHOOK",
            """
            A webhook that gets alerts: of Discord, or of anything that takes JSON by POST. A secret.
            """,
            isSecret: true, example: "https://discord.com/api/webhooks/ID/TOKEN"),
        Setting(
            "ALERT_DESKTOP", "Whether alerts also appear on the desktop, through notify-send: 1 or 0.",
            otherwise: "as the file says, else 0", example: "1"),
        Setting(
            "ALERT_PING_URL",
            """
            A dead man's switch, pinged every 5 minutes while `ops run` is well, and ADDRESS/fail at a critical \
            alert. A secret.
            """,
            isSecret: true, example: "https://example.org/ping/other-key"),
    ]

    static let installation: [Setting] = [
        Setting(
            "DEPLOYMENT_ENV", "Names this installation in alerts, status and metrics.",
            example: "production")
    ]
}

/// How people are told; what is not set here may stand in the file.
package struct AlertSettings: Sendable, Equatable {
    /// The file that `ops alert setup` writes; it need not exist.
    package let file: URL
    /// Whether a person named the file, so that it should be there.
    package let isFileNamed: Bool
    package let telegramToken: Secret<String>?
    package let telegramChat: String?
    /// Without `/bot`.
    package let telegramBase: URL
    package let email: String?
    package let emailFrom: String?
    /// smtp or smtps, with user and password.
    package let smtp: Secret<URL>?
    /// A webhook of Discord, or of anything that takes JSON.
    package let webhook: Secret<URL>?
    /// Nil where the file decides.
    package let desktop: Bool?
    /// A dead man's switch: pinged while all is well.
    package let ping: Secret<URL>?
    /// Names this installation in alerts, status and metrics.
    package let environment: String?
}

extension SettingsChecker {
    mutating func alerts() -> AlertSettings {
        AlertSettings(
            file: path("ALERT_CONFIG"),
            isFileNamed: source.text("ALERT_CONFIG") != nil,
            telegramToken: secretText("TELEGRAM_BOT_TOKEN"), telegramChat: source.text("TELEGRAM_CHAT_ID"),
            telegramBase: webAddress("TELEGRAM_API_BASE"),
            email: source.text("ALERT_EMAIL"), emailFrom: source.text("ALERT_EMAIL_FROM"),
            smtp: secretAddress("SMTP_URL", schemes: ["smtp", "smtps"], example: "smtps://user:password@host:465"),
            webhook: secretAddress("ADMIN_ALERT_WEBHOOK"), desktop: optionalSwitch("ALERT_DESKTOP"),
            ping: secretAddress("ALERT_PING_URL"), environment: source.text("DEPLOYMENT_ENV"))
    }
}
