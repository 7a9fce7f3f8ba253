import Alerts
import Journal
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// More alerts than a person could read.
@Suite("Alert storm", .timeLimit(.minutes(3))) struct AlertStormTests {
    private let stage: AlertStage

    init() throws { stage = try AlertStage() }

    @Test func `50 kinds, raised 4000 times by 8 connections while the channel is down, are each told once`()
        async throws
    {
        let channel = ScriptedChannel(
            "one", fault: .unavailable(channel: "one", reason: "down", after: nil))
        let processes = try (0..<8).map { _ in try stage.process([channel]) }
        await withTaskGroup(of: Void.self) { group in
            for (number, process) in processes.enumerated() {
                group.addTask {
                    for index in 0..<500 {
                        let kind = (index + number * 7) % 50
                        await process.raise(Severity(rawValue: kind % 3) ?? .info, "kind\(kind)", "price is \(index)")
                        if number == 0, index % 50 == 0 { await process.drain() }
                        if index == 250, number == 0 { channel.fail(nil) }
                    }
                }
            }
        }
        var rounds = 0
        while try await processes[0].pending() > 0, rounds < 90 {
            stage.clock.advance(by: .seconds(2))
            await processes[0].drain()
            rounds += 1
        }
        #expect(channel.told.count == 50)
        #expect(Set(channel.told.map(\.key)).count == 50)
        let news = try await processes[0].queues.journal?.alertNews(since: 0, limit: 100_000)
        let later = news?.count { $0.kind != "resolved" }
        #expect(later == 50)
    }

    @Test func `the queue of a channel is bounded, and lets go what matters least`() async throws {
        let channel = ScriptedChannel("one")
        let process = try stage.process([channel])
        let journal = try #require(process.queues.journal)
        for index in 0..<40 { await process.raise(.critical, "grave\(index)") }
        for index in 0..<5010 { await process.raise(.info, "i" + String(index, radix: 26).map { "\($0)x" }.joined()) }
        let pending = try await journal.pendingAlerts()
        #expect(pending.count == 5000)
        #expect(pending.filter { $0.pending?.severity == 2 }.count == 40)
    }
}
