package import Foundation
package import Host

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
            file: path("ALERT_CONFIG", default: "config/alert_config.json"),
            isFileNamed: source.text("ALERT_CONFIG") != nil,
            telegramToken: secretText("TELEGRAM_BOT_TOKEN"), telegramChat: source.text("TELEGRAM_CHAT_ID"),
            telegramBase: webAddress("TELEGRAM_API_BASE", default: "https://api.telegram.org"),
            email: source.text("ALERT_EMAIL"), emailFrom: source.text("ALERT_EMAIL_FROM"),
            smtp: secretAddress("SMTP_URL", schemes: ["smtp", "smtps"], example: "smtps://user:password@host:465"),
            webhook: secretAddress("ADMIN_ALERT_WEBHOOK"), desktop: optionalSwitch("ALERT_DESKTOP"),
            ping: secretAddress("ALERT_PING_URL"), environment: source.text("DEPLOYMENT_ENV"))
    }
}
