import Candles
import Ops
import Testing

@Suite("Service judgement") struct ServiceJudgementTests {
    private let now: UnixMilliseconds = 1_700_000_000_000
    private var service = WatchedService(name: "bot", control: .unit("bot.service", isOfUser: true))
    private var seen = Observation(.running(main: nil))

    init() {
        service.log = .init(path: "bot.log", age: .seconds(300), lines: 100, patterns: ["VIX|Update"])
        seen.age = .seconds(86_400)
    }

    private func judge(_ memory: WatchMemory = WatchMemory(), after seconds: Int64 = 0) -> ServiceJudgement {
        ServiceJudgement(service, seen, memory: memory, now: now + seconds * 1000)
    }

    @Test mutating func `a healthy service is said to be so in the words of its owner`() {
        seen.log = .seen(age: .seconds(45), lines: 100, matches: 23)
        #expect(
            judge().findings.map(\.line) == [
                "[OK] Service bot is active", "[OK] Log file is fresh (45s old)",
                "[OK] Process appears responsive (23 recent entries)",
            ])
        #expect(judge().health == .healthy)
        #expect(judge().memory.healthySince == now)
    }

    @Test(arguments: [
        (Observation.Log.seen(age: .seconds(300), lines: 100, matches: 1), true),
        (.seen(age: .seconds(301), lines: 100, matches: 1), false), (.seen(age: .zero, lines: 100, matches: 0), false),
        (.missing, false), (.unreadable("no permission"), false),
    ])
    mutating func `a log that is old, silent, missing or unreadable is frozen`(log: Observation.Log, isWell: Bool) {
        seen.log = log
        #expect((judge().health == .healthy) == isWell)
        if !isWell, case .frozen = judge().health { return }
        #expect(isWell)
    }

    @Test(arguments: [Observation.Log.seen(age: .seconds(9999), lines: 100, matches: 0), .missing])
    mutating func `what was just started has time to show work`(log: Observation.Log) {
        seen.log = log
        seen.age = .seconds(299)
        #expect(judge().health == .uncertain)
        seen.age = .seconds(300)
        #expect(judge().health.trouble != nil)
        seen.age = nil
        var memory = WatchMemory()
        memory.startedAt = now - 299_000
        #expect(judge(memory).health == .uncertain)
    }

    @Test mutating func `a short log without activity may have been rotated, until it stays so`() {
        seen.log = .seen(age: .zero, lines: 99, matches: 0)
        let first = judge()
        #expect(first.health == .uncertain)
        #expect(judge(first.memory, after: 299).health == .uncertain)
        #expect(judge(first.memory, after: 300).health.trouble != nil)
        seen.log = .seen(age: .zero, lines: 99, matches: 1)
        #expect(judge(first.memory, after: 300).memory.silentSince == nil)
    }

    @Test mutating func `an endpoint is frozen once it has been silent for the threshold, over looks and processes`() {
        service.log = nil
        seen.endpoint = .silent("status 503")
        let first = judge()
        #expect(first.health == .uncertain)
        let restored = WatchMemory(first.memory.text)
        #expect(restored == first.memory)
        #expect(judge(restored, after: 299).health == .uncertain)
        #expect(judge(restored, after: 300).health.trouble?.contains("for 300s: status 503") == true)
        seen.endpoint = .answered
        let recovered = judge(restored, after: 300)
        #expect(recovered.health == .healthy)
        seen.endpoint = .silent("timeout")
        #expect(judge(recovered.memory, after: 310).health == .uncertain)
    }

    @Test mutating func `a clock that was set back freezes nothing`() {
        service.log = nil
        seen.endpoint = .silent("timeout")
        let first = judge()
        let back = judge(first.memory, after: -86_400)
        #expect(back.health == .uncertain)
        #expect(judge(back.memory, after: -86_400 + 300).health.trouble != nil)
    }

    @Test mutating func `a heartbeat is fresh, stale, or was never seen`() {
        service.log = nil
        service.beat = .init(name: "ops", age: .seconds(120))
        for (beat, isWell) in [
            (Observation.Beat.seen(age: .seconds(120)), true), (.seen(age: .seconds(121)), false), (.never, false),
        ] {
            seen.beat = beat
            #expect((judge().health == .healthy) == isWell)
        }
    }

    @Test mutating func `a process that is stopped by a signal is frozen`() {
        service.log = nil
        seen.isStopped = true
        #expect(judge().health == .frozen("Process of bot is stopped by a signal"))
    }

    @Test func `what does not run is down whatever its log says, and what nobody can ask after is unseen`() {
        var stopped = Observation(.stopped("failed"))
        stopped.log = .seen(age: .zero, lines: 100, matches: 100)
        let down = ServiceJudgement(service, stopped, memory: WatchMemory(), now: now)
        #expect(down.health == .down("Service bot is failed"))
        let unseen = ServiceJudgement(service, Observation(.unknown("no bus")), memory: WatchMemory(), now: now)
        #expect(unseen.health == .unseen("Service bot cannot be asked after: no bus"))
    }

    @Test func `a unit on its way is waited for, and no longer than the threshold`() {
        let changing = Observation(.changing("activating (auto-restart)"))
        let first = ServiceJudgement(service, changing, memory: WatchMemory(), now: now)
        #expect(first.health == .uncertain)
        let later = ServiceJudgement(service, changing, memory: first.memory, now: now + 300_000)
        #expect(later.health == .frozen("Service bot is activating (auto-restart) for 300s"))
    }

    @Test(arguments: [nil, "", "{}", "[1]", #"{"told": 3}"#])
    func `a memory that cannot be read is empty`(text: String?) { #expect(WatchMemory(text) == WatchMemory()) }
}
