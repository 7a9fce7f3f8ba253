import Candles
import Foundation
import Host
import Journal
import NIOCore
import Testing

@testable import Health

@Suite struct HealthPagesTests {
    private func body(_ path: String, _ report: HealthReport) throws -> (status: Int, text: String) {
        let page = try #require(HealthPages(report)[path])
        return (page.status, String(buffer: page.body))
    }

    private func unhealthy() throws -> HealthReport { try HealthSamples.report { $0.series = .failed("gone") } }
    private func degraded() throws -> HealthReport { try HealthSamples.journal { $0.failedLastHour = 100 } }

    @Test func `the detailed page has every value under its published name`() throws {
        let text = try body("/health/detailed", HealthSamples.report()).text
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(document["status"] as? String == "healthy")
        #expect(document["uptime_seconds"] as? Int == 86_400)
        #expect(document["last_cycle_seconds_ago"] as? Int == 45)
        #expect(document["cycles_today"] as? Int == 1200)
        #expect(document["alerts_today"] as? Int == 23)
        #expect(document["alerts_week"] as? Int == 145)
        #expect(document["errors_last_hour"] as? Int == 0)
        #expect(document["gpu_utilization"] as? Double == 35.2)
        #expect(document["vram_used_mb"] as? Int == 384)
        #expect(document["disk_free_gb"] as? Double == 125.3)
        #expect(document["features"] as? [String: Bool] == ["telegram": true, "webhook": false])
        #expect(
            document["services"] as? [String: String] == [
                "bitfinex": "healthy", "telegram": "healthy", "ops": "healthy", "database": "healthy",
                "journal": "healthy",
            ])
        #expect(document["version"] as? String == "1.2.3")
        #expect(document["environment"] as? String == "say \"prod\"\\\n")
        #expect(document["last_backup"] as? [String: String] == ["sqlite": "2026-01-01T11:00:00Z"])
    }

    @Test func `what is not known is null, and the document reads itself back`() throws {
        let report = try HealthSamples.report {
            $0.gpu = nil
            $0.disk = nil
            $0.journal = .failed("gone")
        }
        let text = try body("/health/detailed", report).text
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        for name in ["gpu_utilization", "vram_used_mb", "disk_free_gb", "last_cycle_seconds_ago"] {
            #expect(document[name] is NSNull, "\(name)")
        }
        #expect(try JSONDecoder().decode(HealthDocument.self, from: Data(text.utf8)) == HealthDocument(report))
    }

    @Test(
        "the keyword page has one keyword, and the code that goes with it",
        arguments: [
            (HealthStatus.healthy, "STATUS:OK\n", 200), (.degraded, "STATUS:DEGRADED\n", 200),
            (.unhealthy, "STATUS:UNHEALTHY\n", 503),
        ])
    func keyword(status: HealthStatus, text: String, code: Int) throws {
        let reports = [
            HealthStatus.healthy: try HealthSamples.report(), .degraded: try degraded(), .unhealthy: try unhealthy(),
        ]
        let page = try body("/healthz", try #require(reports[status]))
        #expect(page.text == text)
        #expect(page.status == code)
    }

    @Test func `ping is ok unless the machine is unhealthy, and then never says ok`() throws {
        #expect(try body("/health/ping", HealthSamples.report()) == (200, "ok\n"))
        #expect(try body("/health/ping", degraded()) == (200, "ok\n"))
        let page = try body("/health/ping", unhealthy())
        #expect(page.status == 503)
        #expect(!page.text.contains("ok"))
    }

    @Test func `an unhealthy machine answers 503 where it is asked for health, and not where it is asked for figures`()
        throws
    {
        let codes = try HealthPages.paths.map { try body($0, unhealthy()).status }
        #expect(codes == [200, 503, 503, 503, 503, 200])
        #expect(try body("/health", unhealthy()).text.contains("database: gone; it must be readable"))
    }

    @Test func `the front page lists the others`() throws {
        let text = try body("/", HealthSamples.report()).text
        for path in HealthPages.paths { #expect(text.contains("\"\(path)\"")) }
    }

    @Test(.enabled(if: Promtool.isEnabled, "no promtool; apt-get install prometheus"))
    func `promtool finds nothing to say about the metrics`() async throws {
        let text = try body("/metrics", HealthSamples.report()).text
        let end = try await Program("promtool", ["check", "metrics"], input: text, deadline: .seconds(30)).run()
        #expect(end.status == 0, "\(end.output) \(end.errors)")
        #expect(end.output + end.errors == "")
    }

    @Test func `metrics have the values, their help, and labels that are escaped`() throws {
        let text = try body("/metrics", degraded()).text
        #expect(text.contains(#"cryptotrader_info{version="1.2.3",environment="say \"prod\"\\\n"} 1"# + "\n"))
        #expect(text.contains(#"cryptotrader_health_status{status="degraded"} 1"# + "\n"))
        #expect(text.contains(#"cryptotrader_series_age_seconds{symbol="BTCUSD",timeframe="1m"} 61"# + "\n"))
        #expect(
            text.contains(#"cryptotrader_breaker_events_total{breaker="api-pub.bitfinex.com",kind="success"} 7"# + "\n")
        )
        #expect(text.contains("# TYPE cryptotrader_breaker_events_total counter\n"))
        #expect(text.contains("cryptotrader_disk_free_bytes 125300000000\n"))
        let gone = try HealthSamples.report {
            $0.series = .read([
                SeriesReading(
                    series: try Series("BTCUSD-1m"), candles: 1, unknown: 0, suspect: 0, ageSeconds: 61, goneSince: 5)
            ])
        }
        #expect(!(try body("/metrics", gone).text.contains("series_age_seconds{")))
        let names = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            $0.prefix { $0 != " " && $0 != "{" }
        }
        for name in Set(names) {
            #expect(text.contains("# HELP \(name) ") && text.contains("# TYPE \(name) "))
        }
    }
}

/// Prometheus' own check.
enum Promtool {
    static let isEnabled: Bool = {
        let environment = ProcessInfo.processInfo.environment
        if environment["REQUIRE_PROMTOOL"] == "1" { return true }
        return (environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/promtool")
        }
    }()
}
