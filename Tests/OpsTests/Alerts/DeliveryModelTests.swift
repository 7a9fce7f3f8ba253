import Alerts
import Journal
import TestSupport
import Testing

/// Random histories of one alert in one channel, against what a person in front of it may expect.
@Suite("Delivery rules at random", .timeLimit(.minutes(2))) struct DeliveryModelTests {
    private static let rounds = Effort.rounds(3000, long: 200_000)

    private struct Message {
        let at: Int64
        let kind: AlertDelivery.Kind
        let severity: Int
    }

    /// One channel with its person.
    private struct Simulation {
        let rules = DeliveryRules()
        var generator: SeededGenerator
        var now: Int64 = 1_700_000_000_000
        var row = AlertDelivery(key: "k", channel: "c")
        var attempt: AlertDelivery?
        var messages: [Message] = []
        var isFiring = false
        /// When something critical was last raised that no message since then has told of.
        var criticalAt: Int64?
        var raises = 0
        var said = 0

        mutating func step(losesEnds: Bool) -> String? {
            now += Int64.random(in: 0...400_000, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4: raise()
            case 4: resolve()
            case 5..<7: take()
            default: return end(losesEnds: losesEnds)
            }
            return nil
        }

        mutating func raise() {
            let severity = Severity.allCases.randomElement(using: &generator) ?? .info
            _ = rules.raised(&row, severity, message: "", hint: nil, at: now)
            isFiring = true
            raises += 1
            if severity == .critical { criticalAt = now }
        }

        mutating func resolve() {
            if !isFiring { return }
            isFiring = false
            _ = rules.resolved(&row, message: "", at: now)
        }

        mutating func take() {
            guard attempt == nil, row.pending != nil, row.notBefore <= now else { return }
            if rules.abandoned(&row, at: now) { return }
            row.begin(at: now)
            attempt = row
        }

        mutating func end(losesEnds: Bool) -> String? {
            guard let sent = attempt?.pending, let taken = attempt else { return nil }
            attempt = nil
            let chance = Int.random(in: 0..<4, using: &generator)
            if chance == 0 {
                rules.ended(&row, taken, .failed(retry: .seconds(60)), at: now)
                return nil
            }
            let problem = losesEnds ? nil : complaint(sent)
            messages.append(Message(at: now, kind: sent.kind, severity: sent.severity))
            said += sent.kind == .firing ? 1 + taken.folded : 0
            let isOfBefore = criticalAt.map { $0 > taken.startedAt ?? 0 } ?? false
            if !isOfBefore, sent.kind == .resolved || sent.severity == 2 { criticalAt = nil }
            if losesEnds, chance == 1 { return problem }
            rules.ended(&row, taken, .delivered, at: now)
            return problem
        }

        /// What is wrong with telling this now.
        func complaint(_ sent: AlertDelivery.Pending) -> String? {
            let last = messages.last
            if sent.kind == .resolved {
                return last?.kind == .firing || criticalAt != nil || sent.severity == 2
                    ? nil : "an end of what was never told"
            }
            let window = (Severity(rawValue: sent.severity).map(rules.window) ?? .zero) / .milliseconds(1)
            let lastFiring = messages.last { $0.kind == .firing }
            // The window is judged when the message is queued, and what waits is queued before it is told.
            guard let lastFiring, sent.severity <= lastFiring.severity, Double(now - lastFiring.at) < window else {
                return nil
            }
            return "told twice within a window"
        }

        /// Until nothing is left to tell.
        mutating func drain() {
            _ = end(losesEnds: false)
            for _ in 0..<50 {
                now += 4_000_000
                take()
                _ = end(losesEnds: false)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a person knows in the end what is, and hears nothing twice in a window`(losesEnds: Bool) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var seeds = SeededGenerator(seed: seed)
        for round in 0..<Self.rounds {
            var simulation = Simulation(generator: SeededGenerator(seed: seeds.next()))
            for step in 0..<60 {
                let problem = simulation.step(losesEnds: losesEnds)
                #expect(problem == nil, "step \(step), round \(round), seed \(seed)")
            }
            simulation.drain()
            let last = simulation.messages.last
            #expect(simulation.row.pending == nil, "round \(round), seed \(seed)")
            if simulation.raises > 0 {
                #expect((last?.kind == .firing) == simulation.isFiring, "round \(round), seed \(seed)")
            }
            if !losesEnds { #expect(simulation.said <= simulation.raises, "round \(round), seed \(seed)") }
        }
    }
}
