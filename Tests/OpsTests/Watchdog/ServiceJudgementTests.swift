import Host
import Testing
import Watchdog

@Suite("Service judgement") struct ServiceJudgementTests {
    private let now: Int64 = 1_000_000_000
    private var service = WatchedService(name: "bot", control: .unit("bot.service", isOfUser: true))
    private var seen = Observation(.running(main: nil))

    init() {
        service.log = .init(path: "bot.log", age: .seconds(300), lines: 100, patterns: ["VIX|Update"])
    }

    private func judge(_ memory: ServiceHistory? = nil, after seconds: Int64 = 0) -> ServiceJudgement {
        ServiceJudgement(service, seen, memory: memory ?? running(for: 86_400), now: now + seconds * 1000)
    }

    private func running(for seconds: Int64) -> ServiceHistory {
        var memory = ServiceHistory()
        memory.run = .init(main: nil, since: now - seconds * 1000)
        return memory
    }

    @Test mutating func `a healthy service is said to be so in the words of its owner`() {
        seen.log = .seen(stamp: "1", age: .seconds(45), lines: 100, matches: 23)
        #expect(
            judge().findings.map(\.line) == [
                "[OK] Service bot is active", "[OK] Log file is fresh (45s old)",
                "[OK] Process appears responsive (23 recent entries)",
            ])
        #expect(judge().health == .healthy)
        #expect(judge().memory.healthySince == now)
    }

    @Test(arguments: [
        Observation.Log.seen(stamp: "1", age: .seconds(9), lines: 100, matches: 1), .missing,
        .unreadable("no permission"),
    ])
    mutating func `a log that is the same for too long is frozen, and two looks must say so`(log: Observation.Log) {
        seen.log = log
        let first = judge()
        #expect(first.health.trouble == nil)
        #expect(judge(first.memory, after: 300).health.trouble == nil)
        let second = judge(first.memory, after: 301)
        #expect(second.health == .uncertain)
        #expect(judge(second.memory, after: 330).health == .uncertain)
        guard case .frozen = judge(second.memory, after: 360).health else {
            return #expect(Bool(false), "two looks are not believed")
        }
        seen.log = .seen(stamp: "2", age: .zero, lines: 100, matches: 1)
        #expect(judge(second.memory, after: 360).health == .healthy)
    }

    @Test mutating func `a silent log is frozen at once`() {
        seen.log = .seen(stamp: "1", age: .zero, lines: 100, matches: 0)
        #expect(judge().health.trouble != nil)
    }

    /// As a resume from suspend and a step of the wall clock leave it.
    @Test(arguments: [-86_400, 8 * 3600] as [Int64])
    mutating func `an age by the wall clock restarts nothing, and hides nothing`(age: Int64) {
        service.beat = .init(name: "ops", age: .seconds(300))
        var memory = running(for: 86_400)
        for second in stride(from: Int64(0), through: 300, by: 60) {
            seen.log = .seen(stamp: "1", age: .seconds(age + second), lines: 100, matches: 1)
            seen.beat = .seen(stamp: "1", age: .seconds(age + second))
            let look = judge(memory, after: second)
            #expect(look.health == (age < 0 ? .healthy : .uncertain))
            memory = look.memory
        }
        memory = judge(memory, after: 360).memory
        #expect(judge(memory, after: 420).health.trouble?.contains("Heartbeat is stale (420s") == true)
    }

    @Test(arguments: [Observation.Log.seen(stamp: "1", age: .seconds(9999), lines: 100, matches: 0), .missing])
    mutating func `what was just started has time to show work`(log: Observation.Log) {
        seen.log = log
        var memory = running(for: 299)
        memory.log = .init(stamp: judge().memory.log?.stamp ?? "", since: now - 999_000)
        memory.staleLogSince = now - 600_000
        #expect(judge(memory).health == .uncertain)
        #expect(judge(memory, after: 1).health.trouble != nil)
    }

    @Test(arguments: [nil, 0] as [Int?])
    mutating func `three starts by others within the hour are a loop, which ends with the hour`(count: Int?) {
        service.log = nil
        var memory = ServiceHistory()
        for number in 0...3 {
            seen.status = .running(main: .init(pid: 100 + Int32(number), startTicks: 1))
            seen.automaticRestarts = count.map { $0 + number }
            let look = judge(memory, after: Int64(number) * 60)
            memory = ServiceHistory(look.memory.text)
            if number < 3 { #expect(look.health == .healthy) }
            if number == 3, case .looping = look.health {} else { #expect(number < 3) }
        }
        #expect(judge(memory, after: 60 + 3600).health == .healthy)
    }

    @Test mutating func `starts by a person, which systemd does not count, are no loop`() {
        service.log = nil
        var memory = ServiceHistory()
        for number in 0..<6 {
            seen.status = .running(main: .init(pid: 100 + Int32(number), startTicks: 1))
            seen.automaticRestarts = 0
            let look = judge(memory, after: Int64(number))
            #expect(look.health == .healthy)
            memory = look.memory
        }
    }

    @Test func `another boot leaves only what was told`() {
        var memory = running(for: 1).on(boot: "a")
        memory.run = .init(main: nil, since: now)
        memory.told = ["x"]
        #expect(memory.on(boot: "a") == memory)
        #expect(memory.on(boot: "b").run == nil)
        #expect(memory.on(boot: "b").told == ["x"])
    }

    @Test mutating func `a short log without activity may have been rotated, until it stays so`() {
        seen.log = .seen(stamp: "1", age: .zero, lines: 99, matches: 0)
        let first = judge()
        #expect(first.health == .uncertain)
        #expect(judge(first.memory, after: 299).health == .uncertain)
        #expect(judge(first.memory, after: 300).health.trouble != nil)
        seen.log = .seen(stamp: "1", age: .zero, lines: 99, matches: 1)
        #expect(judge(first.memory, after: 300).memory.silentSince == nil)
    }

    @Test mutating func `an endpoint is frozen once it has been silent for the threshold, over looks and processes`() {
        service.log = nil
        seen.endpoint = .silent("status 503")
        let first = judge()
        #expect(first.health == .uncertain)
        let restored = ServiceHistory(first.memory.text)
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

    @Test(arguments: [Observation.Beat.seen(stamp: "1", age: .zero), .never])
    mutating func `a heartbeat that does not come is stale after two looks`(beat: Observation.Beat) {
        service.log = nil
        service.beat = .init(name: "ops", age: .seconds(120))
        seen.beat = beat
        let first = judge()
        #expect(first.health.trouble == nil)
        let second = judge(first.memory, after: 121)
        #expect(second.health == .uncertain)
        #expect(judge(second.memory, after: 181).health.trouble != nil)
    }

    @Test mutating func `a heartbeat that nobody can read is a doubt`() {
        service.log = nil
        service.beat = .init(name: "ops", age: .seconds(120))
        seen.beat = .unreadable("disk full")
        #expect(judge().health == .uncertain)
    }

    @Test mutating func `a process that is stopped by a signal is frozen`() {
        service.log = nil
        seen.isStopped = true
        #expect(judge().health == .frozen("Process of bot is stopped by a signal"))
    }

    @Test func `what does not run is down whatever its log says, and what nobody can ask after is unseen`() {
        var stopped = Observation(.stopped("failed"))
        stopped.log = .seen(stamp: "1", age: .zero, lines: 100, matches: 100)
        let down = ServiceJudgement(service, stopped, memory: ServiceHistory(), now: now)
        #expect(down.health == .down("Service bot is failed"))
        let unseen = ServiceJudgement(service, Observation(.unknown("no bus")), memory: ServiceHistory(), now: now)
        #expect(unseen.health == .unseen("Service bot cannot be asked after: no bus"))
    }

    @Test func `a unit on its way is waited for, and no longer than the threshold`() {
        let changing = Observation(.changing("activating (auto-restart)"))
        let first = ServiceJudgement(service, changing, memory: ServiceHistory(), now: now)
        #expect(first.health == .uncertain)
        let later = ServiceJudgement(service, changing, memory: first.memory, now: now + 300_000)
        #expect(later.health == .frozen("Service bot is activating (auto-restart) for 300s"))
    }

    @Test(arguments: [nil, "", "{}", "[1]", #"{"told": 3}"#])
    func `a memory that cannot be read is empty`(text: String?) { #expect(ServiceHistory(text) == ServiceHistory()) }
}
