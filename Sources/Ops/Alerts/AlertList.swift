package import Candles
package import Journal

/// What `ops alert list` shows, and its document.
package struct AlertList: Encodable {
    private let firing: [Firing]
    private let queued: [Queued]
    private let news: [News]
    private let gone: [Gone]
    private let silences: [SilenceDocument]

    /// A channel whose configuration has changed since it was lost is not gone.
    package init(_ journal: Journal, channels: [any AlertChannel], since: UnixMilliseconds) async throws {
        firing = try await journal.firingAlerts(since: since).map(Firing.init)
        queued = try await journal.pendingAlerts().compactMap(Queued.init)
        news = try await journal.alertNews(since: since, limit: 50).map(News.init)
        gone = try await journal.goneAlertChannels().filter { lost in
            channels.contains { $0.name == lost.name && $0.configuration == lost.configuration }
        }.map(Gone.init)
        silences = try await journal.silences().map(SilenceDocument.init)
    }

    package func lines(now: UnixMilliseconds) -> [String] {
        var lines = firing.isEmpty ? ["Nothing is wrong that anybody said."] : ["Firing:"]
        lines += firing.map { "  \($0.severity) \($0.key) x\($0.count) since \($0.firstAt): \($0.message)" }
        if !queued.isEmpty { lines.append("Queued:") }
        lines += queued.map { "  \($0.channel): \($0.kind) \($0.severity) \($0.key), \($0.attempts) attempts" }
        if !gone.isEmpty { lines.append("Channels that take nothing any more (ops alert test revives one):") }
        lines += gone.map { "  \($0.channel) since \($0.at): \($0.reason)" }
        if !silences.isEmpty { lines.append("Silences:") }
        lines += silences.map(\.line)
        if !news.isEmpty { lines.append("News, newest first:") }
        lines += news.map { "  \($0.at) \($0.kind) \($0.severity) \($0.key): \($0.message)" }
        return lines
    }

    private struct Firing: Encodable {
        let key, severity, message, firstAt, lastAt: String
        let hint: String?
        let count: Int

        init(_ alert: AlertEntry) {
            key = alert.key
            severity = Severity.name(of: alert.severity)
            message = alert.message
            hint = alert.hint
            firstAt = alert.firstAt.iso8601
            lastAt = alert.lastAt.iso8601
            count = alert.count
        }

        enum CodingKeys: String, CodingKey {
            case key, severity, message, hint, count
            case firstAt = "first_at"
            case lastAt = "last_at"
        }
    }

    private struct Queued: Encodable {
        let channel, key, kind, severity, since: String
        let attempts: Int

        init?(_ row: AlertDelivery) {
            guard let pending = row.pending else { return nil }
            channel = row.channel
            key = row.key
            kind = pending.kind.rawValue
            severity = Severity.name(of: pending.severity)
            since = pending.since.iso8601
            attempts = row.attempts
        }
    }

    private struct News: Encodable {
        let at, key, kind, severity, message: String

        init(_ news: AlertNews) {
            at = news.at.iso8601
            key = news.key
            kind = news.kind
            severity = Severity.name(of: news.severity)
            message = news.message
        }
    }

    private struct Gone: Encodable {
        let channel, at, reason: String

        init(_ lost: GoneChannel) {
            channel = lost.name
            at = lost.at.iso8601
            reason = lost.reason
        }
    }
}

extension Severity {
    fileprivate static func name(of rank: Int) -> String { Severity(rawValue: rank)?.name ?? "\(rank)" }
}

/// A silence as it is shown.
package struct SilenceDocument: Encodable {
    let id: Int64
    let pattern, until, author: String
    let comment: String?

    package init(_ silence: AlertSilence) {
        id = silence.id
        pattern = silence.pattern
        until = silence.until.iso8601
        author = silence.author
        comment = silence.comment
    }

    package var line: String { "  \(id): \(pattern) until \(until), by \(author)\(comment.map { ": " + $0 } ?? "")" }
}
