import Candles
import Health
import Journal
import Resilience
import Testing

@Suite struct HealthRulesTests {
    @Test func `a machine that is well has no findings`() throws {
        let report = try HealthSamples.report()
        #expect(report.findings == [])
        #expect(report.status == .healthy)
    }

    @Test(
        "a disk that fills up is told in time",
        arguments: [
            (Int64(2_000_000_000), HealthStatus.healthy), (1_999_999_999, .degraded), (500_000_000, .degraded),
            (499_999_999, .unhealthy),
        ])
    func disk(free: Int64, status: HealthStatus) throws {
        let report = try HealthSamples.report { $0.disk = DiskRoom(path: "/data", free: free, total: 1 << 40) }
        #expect(report.status == status)
        #expect(report.findings.map(\.check) == (status == .healthy ? [] : ["disk"]))
    }

    @Test func `a finding says what was seen and what the limit is`() throws {
        let report = try HealthSamples.report { $0.disk = DiskRoom(path: "/data", free: 400_000_000, total: 1 << 40) }
        #expect(report.findings.first?.sentence == "disk: 0.4 GB free; at least 0.5 GB, or a twentieth")
    }

    @Test func `a database or a journal that cannot be read is unhealthy`() throws {
        #expect(try HealthSamples.report { $0.series = .failed("gone") }.status == .unhealthy)
        let report = try HealthSamples.report { $0.journal = .failed("gone") }
        #expect(report.status == .unhealthy)
        #expect(report.findings.map(\.sentence) == ["journal: gone; it must be readable"])
    }

    @Test(
        "a series is behind as the rule of freshness says, and one that is quiet is not",
        arguments: [
            ("BTCUSD-1m", Int64(1080), false), ("BTCUSD-1m", Int64(1081), true), ("BTCUSD-1m", Int64(0), false),
            ("BTCUSD-1h", Int64(11_700), false), ("BTCUSD-1h", Int64(11_701), true),
            ("BTCUSD-1m", Int64(691_200), false),
        ])
    func series(name: String, unknownFor: Int64, isBehind: Bool) throws {
        let series = try Series(name)
        let report = try HealthSamples.report {
            // Nobody has traded for long.
            $0.series = .read([
                SeriesReading(
                    series: series, candles: 5, unknown: 1, suspect: 0, ageSeconds: 100_000,
                    knownThrough: HealthSamples.now - unknownFor * 1000)
            ])
        }
        #expect(report.status == (isBehind ? .degraded : .healthy))
    }

    @Test func `a service that stopped beating is degraded, and one that was taken away is not asked for`() throws {
        func with(age: Int64) throws -> HealthReport {
            try HealthSamples.journal { $0.heartbeats = ["stream": HealthSamples.now - age] }
        }
        #expect(try with(age: 300_000).status == .healthy)
        #expect(try with(age: 300_001).findings.map(\.check) == ["service stream"])
        #expect(try with(age: 300_001).services["stream"] == .degraded)
        #expect(try with(age: 7 * 86_400_000).status == .degraded)
        #expect(try with(age: 7 * 86_400_000 + 1).status == .healthy)
        #expect(try with(age: 7 * 86_400_000 + 1).services["stream"] == nil)
    }

    @Test func `an open breaker is degraded, and its service unhealthy`() throws {
        for (phase, status) in [
            (CircuitBreakerPhase.open, HealthStatus.unhealthy), (.forcedOpen, .unhealthy), (.halfOpen, .degraded),
        ] {
            let report = try HealthSamples.journal { $0.breakers = [.init(name: "api-pub.bitfinex.com", phase: phase)] }
            #expect(report.status == .degraded)
            #expect(report.services["bitfinex"] == status)
        }
        #expect(try HealthSamples.journal { $0.breakers = [.init(name: "x", phase: .disabled)] }.status == .healthy)
    }

    @Test func `a series that is gone is told as gone, and is never behind`() throws {
        func report(gone: UnixMilliseconds?) throws -> HealthReport {
            let reading = SeriesReading(
                series: try Series("BTCUSD-1m"), candles: 5, unknown: 7, suspect: 0, ageSeconds: 1_000_000,
                knownThrough: HealthSamples.now - 3_600_000, goneSince: gone)
            return try HealthSamples.report { $0.series = .read([reading]) }
        }
        #expect(try report(gone: nil).findings.map(\.check) == ["series BTCUSD-1m"])
        let gone = try report(gone: HealthSamples.now - 86_400_000)
        #expect(gone.status == .healthy)
        #expect(HealthDocument(gone).series.map(\.gone_since) == ["2025-12-31T12:00:00Z"])
    }

    @Test func `failed runs and an old backup are told`() throws {
        #expect(try HealthSamples.journal { $0.failedLastHour = 5 }.status == .healthy)
        #expect(try HealthSamples.journal { $0.failedLastHour = 6 }.findings.map(\.check) == ["runs"])
        let old = try HealthSamples.journal { $0.backups = ["postgres": HealthSamples.now - 27 * 3_600_000] }
        #expect(old.findings.map(\.sentence) == ["backup postgres: the last is 27 h old; at most 26 h"])
    }

    @Test func `the worst finding comes first and decides`() throws {
        let report = try HealthSamples.report {
            var reads = HealthSamples.journal
            reads.failedLastHour = 100
            $0.journal = .read(reads)
            $0.series = .failed("gone")
        }
        #expect(report.findings.map(\.status) == [.unhealthy, .degraded])
        #expect(report.status == .unhealthy)
    }

    @Test(
        "what nvidia-smi prints is read",
        arguments: [
            ("35, 384\n", GPUReading(utilization: 35, memoryUsed: 384)),
            ("35, 384\n90, 1000\n", GPUReading(utilization: 90, memoryUsed: 1384)),
            ("[N/A], 384\n7, 1\n", GPUReading(utilization: 7, memoryUsed: 1)), ("", nil),
            ("NVIDIA-SMI has failed\n", nil),
        ])
    func gpu(csv: String, reading: GPUReading?) { #expect(GPUReading(csv: csv) == reading) }
}
