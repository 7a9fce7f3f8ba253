import Resilience
import TestSupport
import Testing

@Suite("CircuitBreakerState") struct CircuitBreakerStateTests {
    private var breaker = CircuitBreakerState()
    private var settings: CircuitBreakerSettings

    init() throws {
        settings = try CircuitBreakerSettings(
            window: 20, slowCall: .seconds(20), halfOpenCalls: 2, openFor: .seconds(30))
    }

    private mutating func admit(at now: Int64) -> BreakerPermit? {
        guard case .admitted(let permit) = breaker.admit(at: now, settings: settings).admission else {
            return nil
        }
        return permit
    }

    /// Makes calls that take no time: `F` fails, `S` succeeds, `s` is a slow success.
    private mutating func call(_ script: String, at now: Int64) throws {
        for letter in script {
            let start = letter == "s" ? now - 20_001 : now
            let permit = try #require(admit(at: start))
            _ = breaker.record(permit, succeeded: letter != "F", at: now, settings: settings)
        }
    }

    @Test(
        "opens at failures in a row, or at a rate over the window",
        arguments: [
            ("FFFF", CircuitBreakerPhase.closed), ("FFFFF", .open), ("FFFFSFFFF", .closed),
            ("FFFFSFFFFS", .open),
            ("SFSFSFSFS", .closed), ("SFSFSFSFSF", .open), ("SSSSSSFFFS", .closed),
            ("SSSSSSSSSSSSSSSSSSSSFFFFSFFFSF", .closed), ("SSSSSSSSSSSSSSSSSSSSFFFFSFFFSFF", .closed),
            ("SSSSSSSSSSSSSSSSSSSSFFFFSFFFSFFF", .open), ("ssss", .closed), ("sssss", .open),
        ])
    mutating func opens(script: String, phase: CircuitBreakerPhase) throws {
        try call(script, at: 100_000)
        #expect(breaker.phase == phase)
    }

    @Test(
        "a call is slow when it takes longer than the limit",
        arguments: [(Int64(20_000), 0), (20_001, 1)])
    mutating func slow(took: Int64, failures: Int) throws {
        let permit = try #require(admit(at: 0))
        _ = breaker.record(permit, succeeded: true, at: took, settings: settings)
        #expect(breaker.failuresInARow == failures)
        #expect(breaker.metrics.slowSuccessful == failures)
    }

    @Test mutating func `an open breaker lets a call through strictly after its time`() throws {
        try call("FFFFF", at: 0)
        #expect(
            breaker.admit(at: 30_000, settings: settings).admission
                == .rejected(remaining: .milliseconds(1)))
        let (admission, events) = breaker.admit(at: 30_001, settings: settings)
        #expect(events == [.transition(from: .open, to: .halfOpen)])
        #expect(admission == .admitted(BreakerPermit(generation: 2, number: 1, startedAt: 30_001)))
    }

    @Test mutating func `half-open lets two calls run at once, and a permit comes back on record`()
        throws
    {
        try call("FFFFF", at: 0)
        let first = try #require(admit(at: 30_001))
        let second = try #require(admit(at: 30_001))
        #expect(admit(at: 30_001) == nil)
        _ = breaker.cancel(second, at: 30_002, settings: settings)
        let third = try #require(admit(at: 30_002))
        _ = breaker.record(first, succeeded: true, at: 30_003, settings: settings)
        #expect(breaker.phase == .halfOpen)
        #expect(breaker.record(first, succeeded: true, at: 30_003, settings: settings) == [.stale])
        let events = breaker.record(third, succeeded: true, at: 30_004, settings: settings)
        #expect(events == [.success, .transition(from: .halfOpen, to: .closed)])
    }

    @Test mutating func `one failure opens it again, for longer, until it has been closed`() throws {
        try call("FFFFF", at: 0)
        var waits: [Int64] = []
        for _ in 0..<8 {
            waits.append(breaker.openUntil - breaker.since)
            try call("F", at: breaker.openUntil + 1)
        }
        #expect(waits == [30_000, 45_000, 67_500, 101_250, 151_875, 227_812, 300_000, 300_000])
        try call("SS", at: breaker.openUntil + 1)
        #expect(breaker.phase == .closed)
        try call("FFFFF", at: 10_000_000)
        #expect(breaker.openUntil == 10_030_000)
    }

    @Test mutating func `calls that never report cannot hold it half-open`() throws {
        try call("FFFFF", at: 0)
        let lost = try #require(admit(at: 30_001))
        #expect(admit(at: 30_001) != nil)
        #expect(admit(at: 90_000) == nil)
        #expect(breaker.phase == .halfOpen)
        #expect(admit(at: 90_001) == nil)
        #expect(breaker.phase == .open)
        #expect(breaker.openUntil == 90_001 + 45_000)
        #expect(breaker.record(lost, succeeded: true, at: 90_002, settings: settings) == [.stale])
    }

    @Test mutating func `a result from before a change of state counts for nothing`() throws {
        let early = try #require(admit(at: 0))
        try call("FFFFF", at: 10)
        #expect(breaker.record(early, succeeded: false, at: 20, settings: settings) == [.stale])
        let trial = try #require(admit(at: 30_011))
        #expect(breaker.record(early, succeeded: false, at: 30_012, settings: settings) == [.stale])
        #expect(breaker.phase == .halfOpen)
        #expect(breaker.record(trial, succeeded: true, at: 30_013, settings: settings) == [.success])
    }

    @Test mutating func `opening tells why, then that`() throws {
        try call("FFFF", at: 0)
        let permit = try #require(admit(at: 0))
        let events = breaker.record(permit, succeeded: false, at: 0, settings: settings)
        #expect(events == [.failure, .failuresInARow(5), .transition(from: .closed, to: .open)])
    }

    @Test mutating func `a person can hold it open, switch it off and reset it`() throws {
        #expect(breaker.forceOpen(at: 0) == [.transition(from: .closed, to: .forcedOpen)])
        #expect(breaker.admit(at: 1_000_000, settings: settings).admission == .rejected(remaining: nil))
        #expect(breaker.metrics.notPermitted == 0)
        #expect(breaker.disable(at: 1) == [.transition(from: .forcedOpen, to: .disabled)])
        try call("FFFFFFFF", at: 2)
        #expect(breaker.metrics.calls == 0)
        #expect(breaker.reset(at: 3) == [.transition(from: .disabled, to: .closed), .reset])
        #expect(breaker.reset(at: 4) == [.reset])
    }

    @Test mutating func `it is settled when its window holds nothing but quick successes`() throws {
        try call(String(repeating: "S", count: 19), at: 0)
        #expect(!breaker.isSettled(settings))
        try call("S", at: 0)
        #expect(breaker.isSettled(settings))
        try call("F" + String(repeating: "S", count: 19), at: 0)
        #expect(!breaker.isSettled(settings))
        try call("S", at: 0)
        #expect(breaker.isSettled(settings))
    }

    @Test(arguments: 0..<20)
    mutating func `it does as a plain model does, whatever happens`(round: Int) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let settings = try randomSettings(&generator)
        var model = BreakerModel(settings: settings)
        var permits: [BreakerPermit] = []
        var now: Int64 = 0
        let failing = Double.random(in: 0...0.7, using: &generator)
        for step in 0..<600 {
            now += Int64.random(in: 0...900, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let admission = breaker.admit(at: now, settings: settings).admission
                let permit: BreakerPermit? =
                    if case .admitted(let permit) = admission { permit } else { nil }
                let expected = model.admit(at: now, permit: permit)
                #expect((permit != nil) == expected, "seed \(seed), step \(step)")
                if let permit { permits.append(permit) }
            case 5..<9:
                guard let permit = permits.randomElement(using: &generator) else { continue }
                if Bool.random(using: &generator) { permits.removeAll { $0 == permit } }
                let succeeded = Double.random(in: 0..<1, using: &generator) >= failing
                _ = breaker.record(permit, succeeded: succeeded, at: now, settings: settings)
                model.record(permit, succeeded: succeeded, at: now)
            default:
                guard let permit = permits.popLast() else { continue }
                _ = breaker.cancel(permit, at: now, settings: settings)
                model.cancel(permit, at: now)
            }
            try #require(agrees(model), "seed \(seed), step \(step): \(model.phase), \(breaker)")
        }
    }

    private func agrees(_ model: BreakerModel) -> Bool {
        switch model.phase {
        case .closed: breaker.phase == .closed
        case .halfOpen: breaker.phase == .halfOpen
        case .open(let until): breaker.phase == .open && breaker.openUntil == until
        }
    }

    private func randomSettings(_ generator: inout SeededGenerator) throws -> CircuitBreakerSettings {
        let window = Int.random(in: 1...20, using: &generator)
        return try CircuitBreakerSettings(
            failuresInARow: .random(in: 1...6, using: &generator), window: window,
            minimumCalls: .random(in: 1...window, using: &generator),
            failureRate: .random(in: 0.1...1, using: &generator),
            slowCall: .milliseconds(Int.random(in: 500...20_000, using: &generator)),
            halfOpenCalls: .random(in: 1...4, using: &generator),
            successThreshold: .random(in: 1...4, using: &generator),
            openFor: .milliseconds(Int.random(in: 1...5000, using: &generator)),
            halfOpenFor: .milliseconds(Int.random(in: 1...60_000, using: &generator)))
    }
}
