import Foundation
import GRDB
import Host
import Journal
import NIOConcurrencyHelpers
import Resilience
import TestSupport
import Testing

@testable import Alerts

@Suite("Alert pipeline", .timeLimit(.minutes(2))) struct AlertPipelineTests {
    private let stage: AlertStage
    private let one = ScriptedChannel("one")
    private let two = ScriptedChannel("two")
    private static let down = ChannelFault.unavailable(channel: "one", reason: "down", after: nil)

    init() throws { stage = try AlertStage() }

    @Test func `it is told once a window, however many processes raise it, and with what was left out`() async throws {
        for _ in 0..<5 {
            let process = try stage.process([one])
            await process.raise()
            await process.drain()
        }
        #expect(one.told.count == 1)
        stage.clock.advance(by: .seconds(1800))
        let later = try stage.process([one])
        await later.raise()
        await later.drain()
        #expect(one.told.map(\.suppressed) == [0, 4])
        #expect(one.told.last?.environment == "test")
        #expect(one.told.last.map { $0.lastAt - $0.firstAt } == 1_800_000)
    }

    @Test func `without a journal, too, it is told once a window, and at once where it is graver`() async throws {
        // Marks bear the time of the file system.
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        stage.clock.advance(by: .milliseconds(now - stage.clock.milliseconds + 60_000))
        let marks = ToldMarks(in: stage.scratch.url)
        func tell(_ severity: Severity, _ target: String = "t") async throws {
            let process = try stage.process([one], hasJournal: false, marks: marks)
            await process.raise(severity, target)
            await process.drain()
        }
        one.fail(Self.down)
        try await tell(.warning)
        one.fail(nil)
        for _ in 0..<3 { try await tell(.warning) }
        #expect(one.told.count == 1)
        for _ in 0..<3 { try await tell(.critical) }
        try await tell(.warning)
        #expect(one.told.map(\.alert.severity) == [.warning, .critical])
        try await tell(.warning, "u")
        #expect(one.told.count == 3)
        stage.clock.advance(by: .seconds(301))
        try await tell(.critical)
        #expect(one.told.count == 4)
    }

    @Test func `an end is told where the alert was told, and only there`() async throws {
        one.fail(Self.down)
        let process = try stage.process([one, two])
        await process.raise()
        await process.drain()
        await process.resolve()
        one.fail(nil)
        stage.clock.advance(by: .seconds(600))
        await process.drain()
        #expect(two.told.map(\.kind) == [.firing, .resolved])
        #expect(one.told.isEmpty)
        #expect(try await process.pending() == 0)
    }

    @Test func `a channel that is down holds no other back, and loses nothing over a restart`() async throws {
        one.fail(Self.down)
        let process = try stage.process([one, two])
        for index in 0..<20 { await process.raise(index % 2 == 0 ? .info : .critical, "target\(index % 10)\(index)") }
        await process.drain()
        #expect(two.told.count == 20)
        #expect(one.told.isEmpty)
        one.fail(nil)
        let restarted = try stage.process([one, two])
        var rounds = 0
        while try await restarted.pending("one") > 0, rounds < 100 {
            stage.clock.advance(by: .seconds(30))
            await restarted.drain()
            rounds += 1
        }
        let own = one.told.filter { $0.alert.source == "s" }
        #expect(own.count == 20)
        #expect(Set(own.map(\.key)).count == 20)
        #expect(two.told.filter { $0.alert.source == "s" }.count == 20)
    }

    @Test func `a channel that another process has is told by that one`() async throws {
        let grave = ScriptedChannel("grave", threshold: .critical)
        let service = try stage.process([one, grave])
        await service.drain()
        let unit = try stage.process([two])
        await unit.raise(.warning)
        await unit.desk.raise(
            Alert(source: "alerts", rule: "channel-gone", target: "one", severity: .warning, message: "m"))
        await unit.drain()
        #expect(two.told.count == 2)
        #expect(try await unit.pending("one") == 1)
        #expect(try await unit.pending("grave") == 0)
        await service.drain()
        #expect(one.told.map(\.alert.source) == ["s"])
        stage.clock.advance(by: .seconds(8 * 86_400))
        await unit.raise(.critical, "later")
        #expect(try await unit.pending("one") == 0)
    }

    @Test func `what waits for a channel that nobody has any more is let go after a week`() async throws {
        one.fail(Self.down)
        let before = try stage.process([one, two])
        await before.raise(.critical)
        await before.drain()
        #expect(try await before.pending("one") == 1)
        let after = try stage.process([two])
        // The host was off: nobody was met in that time.
        stage.clock.advance(by: .seconds(30 * 86_400))
        await after.drain()
        #expect(try await after.pending("one") == 1)
        stage.clock.advance(by: .seconds(3600))
        await after.drain()
        #expect(try await after.pending("one") == 0)
    }

    @Test func `what matters most is told first`() async throws {
        let process = try stage.process([one])
        for (index, severity) in [Severity.info, .critical, .warning, .critical, .info, .warning].enumerated() {
            await process.raise(severity, "target\(index)")
            stage.clock.advance(by: .seconds(1))
        }
        await process.drain()
        #expect(one.told.map(\.alert.target) == ["target1", "target3", "target2", "target5", "target0", "target4"])
    }

    @Test func `a channel hears only of what reaches its threshold`() async throws {
        let grave = ScriptedChannel("grave", threshold: .critical)
        let process = try stage.process([one, grave])
        await process.raise(.warning)
        await process.raise(.critical)
        await process.drain()
        #expect(grave.told.map(\.alert.severity) == [.critical])
    }

    @Test func `a server that asks for a wait is given it`() async throws {
        one.fail(.unavailable(channel: "one", reason: "slow down", after: .seconds(100)))
        let process = try stage.process([one])
        await process.raise(.info, "a")
        await process.raise(.critical, "b")
        await process.drain()
        #expect(one.calls == 1)
        one.fail(nil)
        stage.clock.advance(by: .seconds(99))
        await process.drain()
        #expect(one.calls == 1)
        stage.clock.advance(by: .seconds(3))
        await process.drain()
        #expect(one.told.count == 2)
    }

    @Test func `a breaker that opened keeps calls back, and the alerts wait`() async throws {
        one.fail(Self.down)
        let process = try stage.process([one])
        for index in 0..<20 { await process.raise(.warning, "target\(index)") }
        await process.drain()
        #expect(one.calls == 5)
        #expect(try await process.pending("one") == 20)
    }

    @Test func `a channel that is gone is left alone, the others are told, and a new configuration revives it`()
        async throws
    {
        one.fail(.gone(channel: "one", reason: "revoked", remedy: "make a new token"))
        let process = try stage.process([one, two])
        await process.raise()
        await process.drain()
        await process.drain()
        let word = try #require(two.told.first { $0.alert.source == "alerts" })
        #expect(word.alert.rule == "channel-gone")
        #expect(word.alert.target == "one")
        #expect(word.alert.hint == "make a new token")
        stage.clock.advance(by: .seconds(4000))
        await process.raise()
        await process.drain()
        #expect(one.calls == 1)
        #expect(try await process.queues.journal?.goneAlertChannels().map(\.name) == ["one"])
        one.fail(nil)
        one.configure("two")
        await process.drain()
        await process.drain()
        #expect(one.told.count == 1)
        #expect(two.told.last?.kind == .resolved)
    }

    @Test func `what is refused is let go, and the rest is told`() async throws {
        let picky = ScriptedChannel("one") { notice in
            if notice.alert.target == "bad" { throw ChannelFault.refused(channel: "one", reason: "no") }
        }
        let process = try stage.process([picky])
        await process.raise(.critical, "bad")
        await process.raise(.info, "good")
        await process.drain()
        #expect(picky.told.map(\.alert.target) == ["good"])
        #expect(try await process.pending() == 0)
    }

    @Test func `an unknown outcome is tried again only where it is critical`() async throws {
        one.fail(.unknownOutcome(channel: "one", reason: "cut"))
        let process = try stage.process([one])
        await process.raise(.critical, "a")
        await process.raise(.warning, "b")
        await process.drain()
        one.fail(nil)
        stage.clock.advance(by: .seconds(10))
        await process.drain()
        #expect(one.told.map(\.alert.target) == ["a"])
    }

    @Test func `a silence leaves the log alone, and ends by itself`() async throws {
        let log = ScriptedChannel(LogFileChannel.name)
        let process = try stage.process([one, log])
        let journal = try #require(process.queues.journal)
        await process.raise(.warning, "queued")
        _ = try await journal.silence("s/*", for: .seconds(60), author: "me", comment: nil, unsilenced: log.name)
        await process.raise(.critical)
        await process.drain()
        #expect(one.told.isEmpty)
        #expect(log.told.count == 2)
        stage.clock.advance(by: .seconds(61))
        await process.raise(.critical)
        await process.drain()
        #expect(one.told.map(\.suppressed) == [1, 0])
        #expect(one.told.map(\.alert.target) == ["t", "queued"])
        #expect(try await journal.silences().isEmpty)
    }

    @Test(arguments: [false, true])
    func `what was raised once while it was silenced, and still fires, is told when the silence ends`(
        isRemoved: Bool
    ) async throws {
        let process = try stage.process([one])
        let journal = try #require(process.queues.journal)
        await process.raise(.info, "told")
        await process.drain()
        let silence = try await journal.silence(
            "s/*", for: .seconds(600), author: "me", comment: nil, unsilenced: LogFileChannel.name)
        for target in ["fires", "ends", "told"] { await process.raise(.info, target) }
        await process.resolve("ends")
        await process.drain()
        #expect(one.told.map(\.alert.target) == ["told"])
        if isRemoved {
            #expect(try await journal.removeSilence(silence.id))
            #expect(try await !journal.removeSilence(silence.id))
        } else {
            stage.clock.advance(by: .seconds(601))
        }
        await process.drain()
        await process.drain()
        #expect(one.told.map(\.alert.target) == ["told", "fires"])
        #expect(one.told.map(\.suppressed) == [0, 0])
    }

    @Test func `what a process was ended amid counts as told, unless it is critical`() async throws {
        let process = try stage.process([one])
        let queue = JournalAlertQueue(try #require(process.queues.journal), rules: DeliveryRules())
        await process.raise(.warning, "warning")
        #expect(try await queue.take(for: one)?.alert.target == "warning")
        await process.raise(.critical, "critical")
        #expect(try await queue.take(for: one)?.alert.target == "critical")
        #expect(try await process.pending() == 2)
        await process.drain()
        #expect(one.told.map(\.alert.target) == ["critical"])
        #expect(try await process.pending() == 0)
        await process.resolve("warning")
        await process.drain()
        #expect(one.told.map(\.kind) == [.firing, .resolved])
    }

    @Test func `what was begun when the end begins is told to its end, and once`() async throws {
        let (words, continuation) = AsyncStream.makeStream(of: Void.self)
        let going = ShutdownLatch()
        let slow = ScriptedChannel("one") { _ in
            continuation.yield()
            await going.wait()
            try Task.checkCancellation()
        }
        let process = try stage.process([slow])
        await process.raise(.warning, "begun")
        let stop = ShutdownLatch()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await process.courier.run(until: stop) }
            var iterator = words.makeAsyncIterator()
            _ = await iterator.next()
            await process.raise(.warning, "later")
            stop.close()
            going.close()
        }
        #expect(slow.told.map(\.alert.target) == ["begun"])
        await process.drain()
        #expect(slow.told.map(\.alert.target) == ["begun", "later"])
    }

    @Test func `where nobody is there it is let go, without complaint, praise or breaker`() async throws {
        one.fail(.unattended(channel: "one", reason: "nobody"))
        let process = try stage.process([one, two])
        for _ in 0..<20 {
            await process.raise(.critical)
            await process.drain()
            stage.clock.advance(by: .seconds(301))
        }
        await process.resolve()
        await process.drain()
        #expect(one.calls == 20 && one.told.isEmpty)
        #expect(two.told.allSatisfy { $0.alert.source == "s" })
        #expect(try await process.pending() == 0)
        let breakers = try await #require(process.queues.journal).breakers()
        #expect(breakers.allSatisfy { $0.state.phase == .closed && ($0.totals[.failure] ?? 0) == 0 })
    }

    @Test(arguments: [-86_400, 86_400])
    func `a step of the clock delays nothing`(seconds: Int) async throws {
        let process = try stage.process([one])
        one.fail(Self.down)
        await process.raise(.warning, "waiting")
        await process.drain()
        one.fail(nil)
        await process.raise(.warning, "told")
        await process.drain()
        stage.clock.advance(by: .seconds(seconds))
        await process.raise(.warning, "told")
        await process.drain()
        #expect(one.told.map(\.alert.target).sorted() == ["told", "told", "waiting"])
    }

    @Test func `without a journal all channels are told, once a window`() async throws {
        let process = try stage.process([one, two], hasJournal: false)
        for _ in 0..<10 { await process.raise(.critical) }
        await process.drain()
        #expect(one.told.count == 1)
        #expect(two.told.count == 1)
        await process.resolve()
        await process.drain()
        #expect(one.told.map(\.kind) == [.firing, .resolved])
    }

    @Test func `a journal that broke silences nobody`() async throws {
        let process = try stage.process([one])
        let file = stage.scratch.url.appending(path: "state/journal.db")
        let queue = try DatabaseQueue(path: file.path)
        try await queue.write { db in try db.execute(sql: "DROP TABLE alerts") }
        for _ in 0..<3 { await process.raise() }
        await process.drain()
        #expect(one.told.count == 1)
    }

    @Test func `a deliverer tells at once what its own process raises, and ends when it is cancelled`() async throws {
        let (words, continuation) = AsyncStream.makeStream(of: String.self)
        let channel = ScriptedChannel("one") { continuation.yield($0.alert.target) }
        let process = try stage.process([channel])
        let other = try stage.process([channel])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await process.courier.run() }
            var iterator = words.makeAsyncIterator()
            await stage.clock.sleepers(atLeast: 1)
            await process.raise(.info, "own")
            #expect(await iterator.next() == "own")
            await other.raise(.info, "foreign")
            await stage.clock.sleepers(atLeast: 1)
            stage.clock.advance(by: .seconds(1))
            #expect(await iterator.next() == "foreign")
            group.cancelAll()
        }
    }
}
