package import Foundation
package import Host
import NIOConcurrencyHelpers
import Resilience
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

/// What Discord says to one message.
enum DiscordAnswer: Sendable, Equatable {
    case taken
    case badForm(reason: String)
    case busy(reason: String, after: Duration?)
    case gone(reason: String)

    init(_ reply: HTTPReply, secret: String) {
        let body = try? JSONDecoder().decode(Body.self, from: Data(reply.body))
        let reason = (body?.message ?? "status \(reply.status)").quoted(without: secret)
        switch reply.status {
        case 200..<300: self = .taken
        case 429: self = .busy(reason: reason, after: Self.wait(reply, body))
        case 401 where body != nil, 404 where body != nil: self = .gone(reason: reason)
        case 400 where body != nil, 413, 422: self = .badForm(reason: reason)
        case 300..<400: self = .busy(reason: "a redirect, which is not followed", after: nil)
        default:
            // No JSON: Cloudflare, as in `error code: 1015`, or another server in between.
            let isBan = String(decoding: reply.body, as: UTF8.self).contains("1015")
            self = .busy(
                reason: isBan ? "error code 1015: too many requests from here" : reason,
                after: isBan ? .seconds(900) : reply.retryAfter.map { Self.wait($0) })
        }
    }

    /// How long to wait before the next message; nil where it may go at once.
    static func pause(after reply: HTTPReply) -> Duration? {
        guard reply.header("X-RateLimit-Remaining") == "0",
            let seconds = reply.header("X-RateLimit-Reset-After").flatMap(Double.init)
        else { return nil }
        return .milliseconds(min(max(Int64(nearest: (seconds * 1000).rounded(.up)), 0), 900_000))
    }

    private static func wait(_ reply: HTTPReply, _ body: Body?) -> Duration {
        // Seconds at every version, unlike `retry_after` of the old ones.
        let reset = reply.header("X-RateLimit-Reset-After").flatMap(Double.init)
        let isBan = body == nil && String(decoding: reply.body, as: UTF8.self).contains("1015")
        return wait(reset ?? body?.retry_after ?? reply.retryAfter ?? (isBan ? 900 : 30))
    }

    private static func wait(_ seconds: Double) -> Duration { .wait(seconds, longest: 900) }

    private struct Body: Decodable {
        let message: String?
        let retry_after: Double?
    }
}

/// One message as Discord takes it.
struct DiscordMessage: Encodable {
    enum Form { case full, line }
    struct Mentions: Encodable { let parse: [String] = [] }

    /// UTF-16 units of the content as it is sent.
    static let limit = 2000
    private static let suppressNotifications = 4096

    let content: String
    let username = "cryptotrader"
    /// Else a log line with `@everyone` would ping everyone.
    let allowed_mentions = Mentions()
    let flags: Int?

    init(_ notice: AlertNotice, form: Form) {
        let text = NoticeText(notice)
        switch form {
        case .full: content = Self.content(text)
        case .line: content = Self.escaped(text.oneLine).shortenedUTF16(to: Self.limit)
        }
        flags = notice.alert.severity == .info ? Self.suppressNotifications : nil
    }

    private static func content(_ text: NoticeText) -> String {
        // 16 is more than the line ends, the stars and "Try: " take.
        let short = text.shortened(to: limit, frame: 16, cost: cost)
        let lines = [
            "**\(escaped(short.title))**", escaped(short.message), short.hint.map { "Try: \(escaped($0))" },
            escaped(short.footer),
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    /// What has a meaning in Discord's markdown, lists, headings and mentions included.
    private static let special = Set("\\*_~|>`#-[]()<@:".unicodeScalars)

    private static func cost(_ scalar: Unicode.Scalar) -> Int {
        (scalar.value > 0xFFFF ? 2 : 1) + (special.contains(scalar) ? 1 : 0)
    }

    private static func escaped(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if special.contains(scalar) { scalars.append("\\") }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}

extension String {
    fileprivate func shortenedUTF16(to limit: Int) -> String { shortened(to: limit) { $0.value > 0xFFFF ? 2 : 1 } }
}
