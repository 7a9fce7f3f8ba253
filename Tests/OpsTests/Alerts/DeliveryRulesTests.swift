import Alerts
import Journal
import Testing

@Suite("Delivery rules") struct DeliveryRulesTests {
    private let rules = DeliveryRules()
    private let start: Int64 = 1_700_000_000_000
    private static let day: Int64 = 86_400_000
    private var row = AlertDelivery(key: "a/b/c", channel: "telegram")

    private mutating func raise(_ severity: Severity, after: Duration = .zero, silenced: Bool = false) -> AlertDecision
    {
        rules.raised(
            &row, severity, message: severity.name, hint: nil, silenced: silenced, at: start + after.millisecondsForTest
        )
    }

    private mutating func resolve(after: Duration = .zero) -> AlertDecision {
        rules.resolved(&row, message: "over", at: start + after.millisecondsForTest)
    }

    private mutating func take() -> AlertDelivery {
        row.begin(at: start)
        return row
    }

    private mutating func end(_ attempt: AlertDelivery, _ end: DeliveryEnd = .delivered, after: Duration = .zero) {
        rules.ended(&row, attempt, end, at: start + after.millisecondsForTest)
    }

    /// Raises and delivers at the beginning.
    private mutating func tell(_ severity: Severity, after: Duration = .zero) {
        _ = raise(severity, after: after)
        end(take(), after: after)
    }

    @Test(arguments: [(Severity.info, 3600), (.warning, 1800), (.critical, 300)])
    mutating func `within the window it is counted, and after it sent with the count`(severity: Severity, seconds: Int)
    {
        tell(severity)
        #expect(raise(severity, after: .seconds(1)) == .folded)
        #expect(raise(severity, after: .seconds(seconds) - .milliseconds(1)) == .folded)
        #expect(row.pending == nil)
        #expect(raise(severity, after: .seconds(seconds)) == .firing)
        #expect(row.folded == 2)
        end(take(), after: .seconds(seconds))
        #expect(row.folded == 0)
    }

    @Test mutating func `the window begins when it is delivered, not when it is raised`() {
        _ = raise(.critical)
        end(take(), after: .seconds(250))
        #expect(raise(.critical, after: .seconds(400)) == .folded)
        #expect(raise(.critical, after: .seconds(550)) == .firing)
    }

    @Test mutating func `nothing is taken for told before it was delivered`() {
        _ = raise(.warning)
        end(take(), .failed(retry: .seconds(5)))
        #expect(row.told == nil)
        #expect(row.pending?.kind == .firing)
        #expect(row.attempts == 1)
        #expect(row.notBefore == start + 5000)
        #expect(raise(.warning, after: .seconds(1)) == .folded)
        #expect(row.notBefore == start + 5000)
    }

    @Test mutating func `what becomes graver is sent at once, and what becomes less is not`() {
        tell(.warning)
        #expect(raise(.info, after: .seconds(1)) == .folded)
        #expect(raise(.critical, after: .seconds(2)) == .escalated)
        #expect(row.pending?.severity == 2)
        #expect(row.notBefore == 0)
    }

    @Test mutating func `what becomes graver while it waits for its next attempt waits no longer`() {
        _ = raise(.info)
        end(take(), .failed(retry: .seconds(100)))
        #expect(raise(.critical, after: .seconds(1)) == .escalated)
        #expect(row.notBefore == 0)
        #expect(row.pending?.message == "critical")
    }

    @Test mutating func `what becomes graver during a delivery stays pending`() {
        _ = raise(.warning)
        let attempt = take()
        #expect(raise(.critical, after: .seconds(1)) == .escalated)
        end(attempt, after: .seconds(2))
        #expect(row.told?.severity == 1)
        #expect(row.pending?.severity == 2)
    }

    @Test mutating func `what is raised during a delivery is counted for the next message`() {
        _ = raise(.warning)
        _ = raise(.warning)
        let attempt = take()
        #expect(attempt.folded == 1)
        _ = raise(.warning)
        end(attempt)
        #expect(row.pending == nil)
        #expect(row.folded == 1)
    }

    @Test mutating func `its end is told where it was told, once`() {
        tell(.warning)
        #expect(resolve(after: .seconds(1)) == .resolved)
        #expect(resolve(after: .seconds(2)) == .nothing)
        end(take())
        #expect(row.told?.kind == .resolved)
        #expect(resolve(after: .seconds(3)) == .nothing)
        #expect(row.pending == nil)
    }

    @Test(arguments: [Severity.info, .warning])
    mutating func `what was never told and is over is dropped`(severity: Severity) {
        _ = raise(severity)
        #expect(resolve() == .dropped)
        #expect(row.pending == nil)
    }

    @Test mutating func `what was critical, never told and is over becomes one message`() {
        _ = raise(.critical)
        #expect(resolve() == .resolved)
        #expect(row.pending?.kind == .resolved)
        #expect(row.pending?.severity == 2)
        end(take())
        #expect(raise(.critical, after: .seconds(1)) == .firing)
    }

    @Test mutating func `what is over while it is being told is told to be over`() {
        _ = raise(.warning)
        let attempt = take()
        #expect(resolve() == .resolved)
        end(attempt)
        #expect(row.pending?.kind == .resolved)
    }

    @Test mutating func `what is over while the attempt to tell it fails is dropped`() {
        _ = raise(.warning)
        let attempt = take()
        _ = resolve()
        end(attempt, .failed(retry: .seconds(1)))
        #expect(row.pending == nil)
    }

    @Test mutating func `what comes and goes is told once a window`() {
        tell(.warning)
        _ = resolve(after: .seconds(1))
        end(take(), after: .seconds(1))
        for second in 2..<100 {
            #expect(raise(.warning, after: .seconds(second)) == .held)
            #expect(row.notBefore == start + 1_800_000)
            #expect(resolve(after: .seconds(second)) == .dropped)
        }
        #expect(raise(.critical, after: .seconds(101)) == .firing)
        #expect(row.notBefore == 0)
    }

    @Test mutating func `what fires again before its end was told needs no word`() {
        tell(.warning)
        _ = resolve(after: .seconds(1))
        #expect(raise(.warning, after: .seconds(2)) == .folded)
        #expect(row.pending == nil)
    }

    @Test(arguments: [-1, 1])
    mutating func `after a step of the clock it is told again`(days: Int64) {
        tell(.warning)
        #expect(raise(.warning, after: .milliseconds(days * Self.day)) == .firing)
    }

    @Test mutating func `an unknown outcome counts as told, but for what is critical`() {
        _ = raise(.warning)
        end(take(), .unknown(retry: .seconds(1)))
        #expect(row.told?.severity == 1)
        _ = raise(.critical)
        end(take(), .unknown(retry: .seconds(1)))
        #expect(row.told?.severity == 1)
        #expect(row.pending?.severity == 2)
    }

    @Test mutating func `what a channel refuses is not offered again within the window`() {
        _ = raise(.warning)
        end(take(), .refused)
        #expect(row.pending == nil)
        #expect(raise(.warning, after: .seconds(1)) == .held)
        #expect(row.notBefore == start + 1_800_000)
        _ = resolve(after: .seconds(2))
        #expect(row.pending == nil)
    }

    @Test mutating func `what is silenced is counted`() {
        #expect(raise(.critical, silenced: true) == .folded)
        #expect(row.pending == nil)
        #expect(raise(.critical, after: .seconds(1)) == .firing)
        #expect(row.folded == 1)
    }
}

extension Duration {
    fileprivate var millisecondsForTest: Int64 { Int64(self / .milliseconds(1)) }
}
