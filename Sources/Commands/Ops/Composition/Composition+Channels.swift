import Alerts
import CommandRuntime
import Foundation
import Host
import Journal
import Logging
import Transport

extension Composition {
    var alertFile: AlertConfigurationFile { AlertConfigurationFile(settings.alerts.file) }

    /// The ways to a person that environment and file name; the log of alerts is not among them.
    ///
    /// - Throws: `AlertConfigurationFault`.
    func peopleChannels(_ configuration: AlertConfiguration, journal: Journal?, logger: Logger) throws
        -> [any AlertChannel]
    {
        try AlertChannels(channelEnvironment, configuration).make(
            over: channelTransport, memory: { Self.memory(of: $0, in: journal) },
            variables: ProcessInfo.processInfo.environment, logger: logger, now: Self.now)
    }

    /// Names of the channels that environment and file switch on; of the environment's alone where the file is wrong.
    var enabledChannels: Set<String> {
        let file = (try? alertFile.read()) ?? AlertConfiguration()
        let channels =
            (try? AlertChannels(channelEnvironment, file))
            ?? (try? AlertChannels(channelEnvironment, AlertConfiguration()))
        return channels?.names ?? []
    }

    private static func memory(of channel: String, in journal: Journal?) -> ChannelMemory {
        guard let journal else { return .none }
        return ChannelMemory(
            load: { try await journal.alertChannelDetail(channel, configuration: $0) },
            save: { try await journal.noteAlertChannel(channel, configuration: $0, detail: $1) })
    }

    /// Connects within five seconds, so that a host that is not reached is told from one that may have heard.
    var channelTransport: any HTTPTransport {
        AsyncHTTPTransport(
            connectionsPerHost: 2, connectLimit: .seconds(5), largestBody: 8 << 20,
            trustedCertificates: settings.trustedCertificates)
    }

    func telegramSetup(token: Secret<String>) -> TelegramSetup {
        TelegramSetup(TelegramAPI(token: token, base: settings.alerts.telegramBase, over: channelTransport))
    }

    func telegram(token: Secret<String>, chat: String) -> TelegramChannel {
        TelegramChannel(
            token: token, chat: chat, base: settings.alerts.telegramBase, over: channelTransport,
            logger: commandLogger)
    }

    /// Nil where nobody is to be told.
    func alertPing(note: @escaping @Sendable (String) -> Void) -> DeadMansSwitch<ContinuousClock>? {
        settings.alerts.ping.map {
            DeadMansSwitch(
                $0, setting: "ALERT_PING_URL", over: breaking(channelTransport, name: "alert-ping"),
                note: note)
        }
    }

    /// Names of all circuit breakers that programs of this host may have.
    var breakerNames: [String] {
        [settings.exchange.host() ?? "bitfinex"] + AlertChannels.allNames + ["alert-ping", "backup-ping"]
    }

    /// The same behind a circuit breaker of this name, which all processes of the host share; without a journal there is none.
    func breaking(_ transport: any HTTPTransport, name: String) -> any HTTPTransport {
        guard let journal = try? journal() else { return transport }
        return BreakingTransport(
            transport,
            breaker: SharedCircuitBreaker(
                journal: journal, name: name, settings: settings.breakers.of(name), monotonicNow: Self.monotonicNow))
    }

    /// Of a message that tells nothing but that messages arrive.
    func testNotice() -> AlertNotice {
        let alert = Alert(
            source: "alert", rule: "test", severity: .info,
            message:
                "This is a test: alerts of this installation arrive here. Characters such as < & > * _ are shown as they are."
        )
        let now = Self.now()
        return AlertNotice(
            kind: .firing, alert: alert, key: "test-\(UInt32.random(in: 0...UInt32.max))", firstAt: now, lastAt: now,
            environment: settings.alerts.environment, host: ProcessInfo.processInfo.hostName)
    }

    private var channelEnvironment: ChannelEnvironment {
        let alerts = settings.alerts
        var environment = ChannelEnvironment(
            telegramBase: alerts.telegramBase, host: ProcessInfo.processInfo.hostName)
        environment.telegramToken = alerts.telegramToken
        environment.telegramChat = alerts.telegramChat
        environment.email = alerts.email
        environment.emailFrom = alerts.emailFrom
        environment.smtp = alerts.smtp
        environment.webhook = alerts.webhook
        environment.desktop = alerts.desktop
        return environment
    }
}
