package import Foundation
package import Host
import NIOConcurrencyHelpers
package import Transport

/// Sends notices to a webhook of Discord.
///
/// - Source: <https://discord.com/developers/docs/resources/webhook>
package struct DiscordChannel<C: Clock>: AlertChannel where C.Duration == Duration {
    package let name = "discord"
    package let configuration: String
    package let threshold: Severity
    private let address: Secret<URL>
    private let transport: ChannelTransport
    private let deadline: Duration
    private let clock: C
    private let notBefore = NIOLockedValueBox<C.Instant?>(nil)

    /// `address` is as copied from Discord, and version 10 of the interface is asked, whatever it names; `clock` measures the
    /// waits that Discord asks for.
    package init(
        _ address: Secret<URL>, threshold: Severity = .info, over transport: any HTTPTransport,
        deadline: Duration = .seconds(15), clock: C = ContinuousClock()
    ) {
        self.address = address
        self.threshold = threshold
        self.transport = ChannelTransport(channel: "discord", transport: transport)
        self.deadline = deadline
        self.clock = clock
        configuration = ChannelDigest.of("discord", address.value.absoluteString)
    }

    package func deliver(_ notice: AlertNotice) async throws {
        try await awaitTurn()
        switch try await post(DiscordMessage(notice, form: .full)) {
        case .badForm:
            let second = try await post(DiscordMessage(notice, form: .line))
            try check(second)
        case let answer: try check(answer)
        }
    }

    /// Waits as long as Discord asked for, unless that is more than five seconds.
    private func awaitTurn() async throws {
        guard let time = notBefore.withLockedValue({ $0 }) else { return }
        let wait = clock.now.duration(to: time)
        if wait > .seconds(5) {
            throw ChannelFault.unavailable(channel: name, reason: "Discord asked to wait", after: wait)
        }
        if wait > .zero { try await clock.sleep(until: time, tolerance: nil) }
        notBefore.withLockedValue { $0 = nil }
    }

    private func post(_ message: DiscordMessage) async throws -> DiscordAnswer {
        let call = HTTPCall(
            url: Self.versioned(address.value), method: "POST",
            headers: [
                "Content-Type": "application/json",
                "User-Agent": "DiscordBot (https://example.invalid/cryptotrader, 1.0)",
            ], body: Array(try JSONEncoder().encode(message)), deadline: deadline, bodyLimit: 1 << 20)
        let reply = try await transport.send(call)
        if let pause = DiscordAnswer.pause(after: reply) {
            let time = clock.now.advanced(by: pause)
            notBefore.withLockedValue { $0 = time }
        }
        return DiscordAnswer(reply, secret: address.value.lastPathComponent)
    }

    private func check(_ answer: DiscordAnswer) throws {
        switch answer {
        case .taken: return
        case .badForm(let reason): throw ChannelFault.refused(channel: name, reason: reason)
        case .busy(let reason, let after):
            throw ChannelFault.unavailable(channel: name, reason: reason, after: after)
        case .gone(let reason):
            throw ChannelFault.gone(
                channel: name, reason: reason,
                remedy: "make a new webhook in Discord's channel settings, and put its address into ADMIN_ALERT_WEBHOOK"
            )
        }
    }

    /// Version 10, whose waits are seconds, with a reply that says whether the message was kept.
    private static func versioned(_ url: URL) -> URL {
        guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else { return url }
        parts.percentEncodedPath = parts.percentEncodedPath.replacing(
            /^\/api(\/v\d+)?\/webhooks\//, with: "/api/v10/webhooks/")
        parts.queryItems =
            (parts.queryItems ?? []).filter { $0.name != "wait" } + [URLQueryItem(name: "wait", value: "true")]
        return parts.url ?? url
    }
}

/// What a webhook's address says of who takes it.
package enum WebhookKind: Sendable, Equatable {
    case discord, generic

    /// By the path alone, so that a host of one's own can stand in for Discord's.
    package init(_ url: URL) {
        self = url.path().firstMatch(of: /^\/api(\/v\d+)?\/webhooks\//) == nil ? .generic : .discord
    }
}
