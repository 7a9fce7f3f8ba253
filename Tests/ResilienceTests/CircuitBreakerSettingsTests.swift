import Resilience
import Testing

@Suite("CircuitBreakerSettings") struct CircuitBreakerSettingsTests {
    @Test func `the defaults are valid, and the standard`() throws {
        #expect(try CircuitBreakerSettings() == .standard)
    }

    @Test func `all problems are named at once, with the permitted range`() {
        let fault = #expect(throws: CircuitBreakerSettingsFault.self) {
            try CircuitBreakerSettings(
                failuresInARow: 0, window: 5, minimumCalls: 6, failureRate: 0, slowCall: .zero,
                halfOpenCalls: 0,
                successThreshold: 0, openFor: .zero, openFactor: 0.5, openForAtMost: .seconds(100_000),
                halfOpenFor: .seconds(61))
        }
        #expect(fault?.problems.count == 10)
        #expect(fault?.problems.first == "failures in a row is 0; use 1 to 1000")
        #expect(fault?.summary.contains("minimum of calls is 6; use 1 to 5") == true)
    }

    @Test func `it cannot stay open for less in the end than at first`() {
        #expect(throws: CircuitBreakerSettingsFault.self) {
            try CircuitBreakerSettings(openFor: .seconds(30), openForAtMost: .seconds(29))
        }
    }
}
