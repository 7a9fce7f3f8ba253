import Journal
import Resilience
import TestSupport
import Testing

@Suite("SharedCircuitBreaker", .timeLimit(.minutes(1))) struct SharedCircuitBreakerTests {
    private let host: Host

    init() throws { host = try Host() }

    private func call(_ breaker: SharedCircuitBreaker, _ script: String) async throws {
        for letter in script {
            try await breaker.record(try await breaker.admit(), succeeded: letter == "S")
        }
    }

    @Test func `two processes count together and see each other's state`() async throws {
        let (one, two) = (try host.breaker(), try host.breaker())
        try await call(one, "FFF")
        try await call(two, "FF")
        for breaker in [one, two] {
            let fault = await #expect(throws: CircuitOpen.self) { try await breaker.admit() }
            #expect(fault == CircuitOpen(name: "candles", remaining: .milliseconds(30_001)))
        }
        host.clock.advance(by: .milliseconds(30_001))
        let trials = [try await one.admit(), try await two.admit()]
        await #expect(throws: CircuitOpen.self) { try await two.admit() }
        try await two.record(trials[0], succeeded: true)
        try await one.record(trials[1], succeeded: true)
        let snapshot = try await two.snapshot()
        #expect(snapshot.state.phase == .closed)
        #expect(snapshot.events.map(\.kind) == ["closed", "half-open", "open", "failures-in-a-row"])
        #expect(snapshot.totals == [.failure: 5, .opened: 1, .notPermitted: 3, .success: 2])
    }

    @Test func `what was asked for, failed and was rejected is told as counts and shares`() async throws {
        let breaker = try host.breaker()
        let empty = try await breaker.snapshot()
        #expect(empty.totalCalls == 0 && empty.failureRate == nil && empty.rejectionRate == nil)
        try await call(breaker, "SSSFFFFF")
        for _ in 0..<2 { await #expect(throws: CircuitOpen.self) { try await breaker.admit() } }
        let snapshot = try await breaker.snapshot()
        #expect(snapshot.totalCalls == 10 && snapshot.failedCalls == 5 && snapshot.rejectedCalls == 2)
        #expect(snapshot.failureRate == 5.0 / 8 && snapshot.rejectionRate == 0.2)
    }

    @Test func `the state of another boot is forgotten`() async throws {
        try await call(host.breaker(boot: "earlier"), "FFFFF")
        let breaker = try host.breaker(boot: "this")
        try await call(breaker, "S")
        let snapshot = try await breaker.snapshot()
        #expect(snapshot.state.phase == .closed)
        #expect(snapshot.events.first?.kind == "reset")
    }

    @Test func `a healthy breaker writes its totals only now and then, and all of them`() async throws {
        let breaker = try host.breaker()
        try await call(breaker, String(repeating: "S", count: 20))
        try await call(breaker, String(repeating: "S", count: 50))
        let written = "SELECT count FROM breaker_totals WHERE kind = 'success'"
        #expect(try await host.number(written) == 21)
        host.clock.advance(by: .seconds(10))
        try await call(breaker, "S")
        #expect(try await host.number(written) == 71)
        try await call(breaker, "SS")
        #expect(try await breaker.snapshot().totals == [.success: 73])
    }

    @Test func `a cancelled trial gives its permit back, in a cancelled task too`() async throws {
        let breaker = try host.breaker()
        try await call(breaker, "FFFFF")
        host.clock.advance(by: .milliseconds(30_001))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask { [host] in
                    let permit = try await breaker.admit()
                    try? await host.clock.sleep(until: .init(offset: .seconds(2_000_000_000)), tolerance: nil)
                    try await breaker.cancel(permit)
                }
            }
            await host.clock.sleepers(atLeast: 2)
            await #expect(throws: CircuitOpen.self) { try await breaker.admit() }
            group.cancelAll()
            try await group.waitForAll()
        }
        _ = try await breaker.admit()
        #expect(try await breaker.snapshot().totals[.ignored] == 2)
    }

    @Test func `a person's word holds for all, over a boot`() async throws {
        try await host.breaker(boot: "earlier").forceOpen()
        let breaker = try host.breaker(boot: "this")
        let fault = await #expect(throws: CircuitOpen.self) { try await breaker.admit() }
        #expect(fault?.disposition == .permanent)
        try await breaker.disable()
        try await call(breaker, "FFFFFFFF")
        try await breaker.reset()
        #expect(try await breaker.snapshot().state.phase == .closed)
    }

    @Test func `kept in the journal it does as it does in memory`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let settings = try CircuitBreakerSettings(window: 6, minimumCalls: 4, openFor: .seconds(2))
        let shared = [try host.breaker(settings: settings), try host.breaker(settings: settings)]
        var model = CircuitBreakerState()
        var permits: [BreakerPermit] = []
        for step in 0..<400 {
            host.clock.advance(by: .milliseconds(Int.random(in: 0...900, using: &random)))
            let now = host.clock.milliseconds
            let breaker = shared[step % 2]
            if Bool.random(using: &random), let permit = permits.popLast() {
                let succeeded = Int.random(in: 0..<10, using: &random) < 6
                try await breaker.record(permit, succeeded: succeeded)
                _ = model.record(permit, succeeded: succeeded, at: now, settings: settings)
            } else {
                let expected = model.admit(at: now, settings: settings).admission
                let given = await admission(of: breaker)
                #expect(given == expected, "seed \(seed), step \(step)")
                if case .admitted(let permit) = given { permits.append(permit) }
            }
        }
        let snapshot = try await shared[0].snapshot()
        #expect(snapshot.state.phase == model.phase, "seed \(seed)")
        #expect(snapshot.totals[.opened] ?? 0 > 3, "seed \(seed): hardly anything happened")
    }

    private func admission(of breaker: SharedCircuitBreaker) async -> CircuitBreakerState.Admission? {
        do {
            return .admitted(try await breaker.admit())
        } catch {
            return (error as? CircuitOpen).map { .rejected(remaining: $0.remaining) }
        }
    }
}
