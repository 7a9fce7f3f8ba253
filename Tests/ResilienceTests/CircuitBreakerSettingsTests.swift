import Resilience
import Testing

@Suite("CircuitBreakerSettings") struct CircuitBreakerSettingsTests {
    @Test func `the defaults are valid, and the standard`() throws {
        #expect(try CircuitBreakerSettings() == .standard)
    }

    @Test func `the defaults are those of the owner's document`() {
        let standard = CircuitBreakerSettings.standard
        #expect(standard.failuresInARow == 5 && standard.successThreshold == 2)
        #expect(standard.openFor == .seconds(60) && standard.window == 100)
        #expect(standard.failureRate == 0.5 && standard.halfOpenCalls == 1)
        #expect(standard.slowCall == .seconds(5) && standard.minimumCalls == 10)
    }

    @Test(arguments: [301, 600, 86_400]) func `it may stay open for longer than five minutes`(seconds: Int) throws {
        let settings = try CircuitBreakerSettings(openFor: .seconds(seconds))
        #expect(settings.openForAtMost == .seconds(seconds))
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
