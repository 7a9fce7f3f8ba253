import Candles
package import Foundation
package import Host
package import Transport

/// Posts notices as JSON to an address: see `WebhookDocument`.
package struct WebhookChannel: AlertChannel {
    package let name = "webhook"
    package let configuration: String
    package let threshold: Severity
    private let address: Secret<URL>
    private let transport: ChannelTransport
    private let deadline: Duration

    package init(
        _ address: Secret<URL>, threshold: Severity = .info, over transport: any HTTPTransport,
        deadline: Duration = .seconds(15)
    ) {
        self.address = address
        self.threshold = threshold
        self.transport = ChannelTransport(channel: "webhook", transport: transport)
        self.deadline = deadline
        configuration = ChannelDigest.of("webhook", address.value.absoluteString)
    }

    package func deliver(_ notice: AlertNotice) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let call = HTTPCall(
            url: address.value, method: "POST",
            headers: ["Content-Type": "application/json", "User-Agent": "cryptotrader"],
            body: Array(try encoder.encode(WebhookDocument(notice))), deadline: deadline, bodyLimit: 1 << 20)
        let reply = try await transport.send(call)
        try check(reply)
    }

    private func check(_ reply: HTTPReply) throws {
        let reason = "it answered with status \(reply.status)"
        switch reply.status {
        case 200..<300: return
        case 401, 403, 410: throw gone(reason)
        case 300..<400: throw gone("\(reason), and redirects are not followed")
        // A server behind a proxy is not found while it is replaced.
        case 404, 408, 425, 429, 500...:
            let wait = reply.retryAfter.map { Duration.wait($0, longest: 3600) }
            throw ChannelFault.unavailable(channel: name, reason: reason, after: wait)
        default: throw ChannelFault.refused(channel: name, reason: reason)
        }
    }

    private func gone(_ reason: String) -> ChannelFault {
        .gone(
            channel: name, reason: reason,
            remedy: "correct the address in ADMIN_ALERT_WEBHOOK, and run 'ops alert test'")
    }
}

/// What a webhook is sent.
struct WebhookDocument: Encodable {
    /// Of this document; a change that readers could misread raises it.
    let version = 1
    /// `firing` or `resolved`.
    let kind: String
    /// `info`, `warning` or `critical`.
    let severity: String
    let source: String
    let rule: String
    /// Empty where the rule has but one.
    let target: String
    let message: String
    let hint: String?
    /// The same in every document about this alert.
    let key: String
    /// ISO 8601, UTC.
    let firstAt: String
    let lastAt: String
    /// How often it was raised since the last document about it.
    let suppressed: Int
    let environment: String?
    let host: String
    /// All of it for people; also what Slack and Mattermost show.
    let text: String

    init(_ notice: AlertNotice) {
        let alert = notice.alert
        kind = notice.kind.rawValue
        severity = alert.severity.name
        source = alert.source
        rule = alert.rule
        target = alert.target
        message = alert.message
        hint = alert.hint
        key = notice.key
        firstAt = notice.firstAt.iso8601
        lastAt = notice.lastAt.iso8601
        suppressed = notice.suppressed
        environment = notice.environment
        host = notice.host
        text = NoticeText(notice).shortened(to: 8000, frame: 16) { _ in 1 }.plain
    }

    private enum CodingKeys: String, CodingKey {
        case version, kind, severity, source, rule, target, message, hint, key, suppressed, environment, host, text
        case firstAt = "first_at"
        case lastAt = "last_at"
    }
}
