import Candles
import TestSupport
import Testing
import Watchdog

@Suite("Watchdog rules") struct WatchdogRulesTests {
    private let now: UnixMilliseconds = 1_700_000_000_000
    private var service = WatchedService(name: "bot", control: .unit("bot.service", isOfUser: true))

    private func action(
        _ health: ServiceHealth, restarts: Int = 0, handsOff: Int64? = nil, told: Set<String> = [],
        healthy: Int64? = nil
    ) -> WatchdogAction {
        WatchdogRules(service).action(
            health, healthyFor: .seconds(healthy ?? 0), told: told, handsOffSince: handsOff.map { now - $0 * 1000 },
            restarts: restarts, now: now)
    }

    @Test(arguments: [ServiceHealth.down("x"), .frozen("x")])
    func `what does not work is restarted while there is budget, then given up, then left alone for an hour`(
        health: ServiceHealth
    ) {
        #expect(action(health, restarts: 2) == .restart("x"))
        #expect(action(health, restarts: 3) == .giveUp("x"))
        #expect(action(health, restarts: 0, handsOff: 3599) == .leaveAlone("x"))
        #expect(action(health, restarts: 0, handsOff: -3599) == .leaveAlone("x"))
        #expect(action(health, restarts: 2, handsOff: 3600) == .restart("x"))
        #expect(action(health, restarts: 3, handsOff: 3600) == .giveUp("x"))
    }

    @Test
    mutating func `a frozen service is only told where restarts are not wanted, and one that is down is restarted`() {
        service.restartsOnFreeze = false
        #expect(action(.frozen("x")) == .tell("x"))
        #expect(action(.down("x")) == .restart("x"))
    }

    @Test mutating func `a budget of none gives up at once`() {
        service.maxRestarts = 0
        #expect(action(.down("x")) == .giveUp("x"))
    }

    @Test func `what nobody can see is never restarted`() { #expect(action(.unseen("x")) == .tell("x")) }

    @Test func `what systemd starts again and again is told, and not restarted once more`() {
        #expect(action(.looping("x")) == .tell("x"))
    }

    @Test func `what was told is over after a threshold of health, and not before`() {
        #expect(action(.healthy) == .nothing)
        #expect(action(.uncertain, told: ["service-down"], healthy: 9999) == .nothing)
        #expect(action(.healthy, told: ["service-down"], healthy: 299) == .nothing)
        #expect(action(.healthy, told: ["service-down"], healthy: 300) == .recovered)
        #expect(action(.healthy, handsOff: 10, healthy: 300) == .recovered)
    }
}
