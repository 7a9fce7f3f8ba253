import Foundation
import HTTPServer
import NIOCore

/// Every page of the health endpoints, as it is sent.
struct HealthPages: Sendable {
    struct Page: Sendable, Equatable {
        let status: Int
        let contentType: String
        let body: ByteBuffer
    }

    private let pages: [String: Page]

    static let paths = ["/", "/health/ping", "/health", "/health/detailed", "/healthz", "/metrics"]

    init(_ report: HealthReport) {
        let document = HealthDocument(report)
        let isUnhealthy = report.status == .unhealthy
        let status = isUnhealthy ? 503 : 200
        pages = [
            "/": Self.json(Front(document), 200),
            // A monitor that looks for the word "ok" must not find it in the other answer.
            "/health/ping": Self.text(isUnhealthy ? "unhealthy\n" : "ok\n", status),
            "/health": Self.json(Basic(document), status),
            "/health/detailed": Self.json(document, status),
            "/healthz": Self.text(report.status.keyword + "\n", status),
            // Whoever collects metrics takes them from a 200 alone.
            "/metrics": Page(
                status: 200, contentType: MetricsText.contentType, body: ByteBuffer(string: HealthMetrics.text(report))),
        ]
    }

    /// Before the first readings.
    init() {
        var pages: [String: Page] = [:]
        for path in Self.paths { pages[path] = Self.text("no readings yet\n", 503) }
        pages["/healthz"] = Self.text(HealthStatus.unhealthy.keyword + "\n", 503)
        self.pages = pages
    }

    subscript(path: String) -> Page? { pages[path] }

    private static func text(_ text: String, _ status: Int) -> Page {
        Page(status: status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text))
    }

    private static func json(_ document: some Encodable, _ status: Int) -> Page {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Our documents hold nothing that JSON cannot.
        let data = (try? encoder.encode(document)) ?? Data()
        return Page(status: status, contentType: "application/json", body: ByteBuffer(bytes: data + Data("\n".utf8)))
    }

    private struct Front: Encodable {
        let name = "cryptotrader"
        let version: String
        let environment: String?
        let endpoints = HealthPages.paths

        init(_ document: HealthDocument) {
            version = document.version
            environment = document.environment
        }
    }

    private struct Basic: Encodable {
        let status: HealthStatus
        let uptime_seconds: Int64
        let last_cycle_seconds_ago: Int64?
        let reasons: [String]

        init(_ document: HealthDocument) {
            status = document.status
            uptime_seconds = document.uptime_seconds
            last_cycle_seconds_ago = document.last_cycle_seconds_ago
            reasons = document.findings.map(\.sentence)
        }

        func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(status, forKey: .status)
            try box.encode(uptime_seconds, forKey: .uptime_seconds)
            try box.encode(last_cycle_seconds_ago, forKey: .last_cycle_seconds_ago)
            try box.encode(reasons, forKey: .reasons)
        }

        private enum CodingKeys: CodingKey {
            case status, uptime_seconds, last_cycle_seconds_ago, reasons
        }
    }
}
