import Candles
import NIOConcurrencyHelpers
import Postgres
import Resilience
import Storage
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct DatabaseLinkTests {
    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func filled() throws -> LinkDouble {
        LinkDouble(.init(glances: [try Glances.glance(last: 10)]))
    }

    @Test func `a database with a series is read, and closed at the end`() async throws {
        let double = try filled()
        try await double.linked { link in
            try await until { link.condition.state == .ok }
            #expect(link.condition == DatabaseCondition(kind: .postgres, state: .ok))
            #expect(try await link.read { try await $0.glances(now: 0).count } == 1)
        }
        #expect(double.state.withLockedValue { ($0.opened, $0.closed) } == (1, 1))
    }

    @Test func `before it was opened, reads are refused at once`() async throws {
        let link = DatabaseLink(.sqlite, clock: ContinuousClock(), now: { 0 }, logger: ServedEvents.quiet) {
            throw CancellationError()
        }
        #expect(link.condition.state == .unavailable)
        await #expect(throws: DatabaseUnavailable.self) { try await link.read { try await $0.tickers().count } }
    }

    @Test func `one that cannot be reached is told with what to do, without its address, and taken when it comes`()
        async throws
    {
        let double = try filled()
        double.set { $0.openFault = PostgresFault.unreachable(where: "me@db:5432", reason: "refused") }
        try await double.linked { link in
            try await until { link.condition.message?.contains("cannot be reached") == true }
            #expect(link.condition.state == .unavailable)
            #expect(link.condition.hint == "start it, and this goes on by itself")
            let before = link.version
            await #expect(throws: DatabaseUnavailable(link.condition)) {
                try await link.read { try await $0.tickers().count }
            }
            double.set { $0.openFault = nil }
            try await until { link.condition.state == .ok }
            #expect(link.version > before)
            #expect(try await link.read { try await $0.glances(now: 0).count } == 1)
        }
    }

    @Test func `one that is lost is opened again, and both are changes`() async throws {
        let double = try filled()
        try await double.linked { link in
            try await until { link.condition.state == .ok }
            let first = link.version
            double.set {
                $0.fault = StorageFault.busy(database: "x")
                $0.openFault = StorageFault.busy(database: "x")
            }
            try await until { link.condition.state == .unavailable }
            #expect(link.version > first)
            #expect(link.condition.message == "another process keeps the database locked")
            let second = link.version
            double.set {
                $0.fault = nil
                $0.openFault = nil
            }
            try await until { link.condition.state == .ok }
            #expect(link.version > second)
        }
        #expect(double.state.withLockedValue { $0.opened == $0.closed && $0.opened >= 2 })
    }

    @Test func `each change counts`() async throws {
        let double = try filled()
        try await double.linked { link in
            try await until { link.condition.state == .ok && !double.state.withLockedValue { $0.hasChanged } }
            for _ in 0..<3 {
                let before = link.version
                double.set { $0.hasChanged = true }
                try await until { link.version > before }
            }
        }
    }

    @Test func `where there is no database yet, nothing is kept, and the first series ends it`() async throws {
        let double = try filled()
        double.set { $0.openFault = StorageFault.notThere(database: "candles.db") }
        try await double.linked { link in
            try await until { link.condition.state == .empty }
            #expect(link.condition == .empty(.postgres))
            #expect(try await link.read { try await $0.glances(now: 0).count } == 0)
            double.set { $0.openFault = nil }
            try await until { link.condition.state == .ok }
            #expect(try await link.read { try await $0.glances(now: 0).count } == 1)
        }
    }

    @Test func `one that was there and is not is away, not empty, and taken when it is back`() async throws {
        let double = try filled()
        try await double.linked { link in
            try await until { link.condition.state == .ok }
            double.set {
                $0.fault = StorageFault.notThere(database: "candles.db")
                $0.openFault = StorageFault.notThere(database: "candles.db")
            }
            try await until { link.condition.state == .unavailable }
            #expect(link.condition.message == "the database has gone")
            await #expect(throws: DatabaseUnavailable(link.condition)) {
                try await link.read { try await $0.tickers().count }
            }
            double.set {
                $0.fault = nil
                $0.openFault = nil
            }
            try await until { link.condition.state == .ok }
        }
    }

    @Test func `a database without a series is empty until there is one, and when it goes`() async throws {
        let double = LinkDouble()
        let glance = try Glances.glance(last: 10)
        try await double.linked { link in
            try await until { link.condition.state == .empty }
            double.set { ($0.glances, $0.hasChanged) = ([glance], true) }
            try await until { link.condition.state == .ok }
            double.set { ($0.glances, $0.hasChanged) = ([], true) }
            try await until { link.condition.state == .empty }
        }
    }

    @Test func `a read that takes too long is given up, and told as the database's fault`() async throws {
        let double = try filled()
        var limits = LinkDouble.limits
        limits.read = .milliseconds(20)
        try await double.linked(limits: limits) { link in
            try await until { link.condition.state == .ok }
            double.set { $0.hangs = true }
            let error = await #expect(throws: DatabaseUnavailable.self) {
                try await link.read { try await $0.tickers().count }
            }
            #expect(error?.summary == "the database does not answer in time")
            // The doubt is looked into, and the look takes too long as well.
            try await until { link.condition.state == .unavailable && double.state.withLockedValue { $0.opened > 3 } }
            double.set { $0.hangs = false }
            try await until { link.condition.state == .ok }
        }
        #expect(double.state.withLockedValue { $0.opened == $0.closed })
    }

    @Test func `a read that is cancelled says so, and doubts nothing`() async throws {
        let double = try filled()
        try await double.linked { link in
            try await until { link.condition.state == .ok }
            double.set { $0.hangs = true }
            await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await link.read { try await $0.tickers().count } }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            #expect(link.condition.state == .ok)
        }
    }

    @Test func `what hosts say is a change where it is another thing than before`() async throws {
        let host = NIOLockedValueBox(
            HostOperations(host: HostRow(host: "nas1", atMs: 1, isStale: false, isWatched: true)))
        let link = DatabaseLink(
            .sqlite, clock: ContinuousClock(), now: { 0 }, logger: ServedEvents.quiet,
            hosts: { _ in [host.withLockedValue { $0 }] }, open: { throw CancellationError() })
        #expect(try await link.operations().map(\.host.host) == ["nas1"])
        #expect(link.version == 1)
        _ = try await link.operations()
        #expect(link.version == 1)
        host.withLockedValue { $0.host.atMs = 2 }
        _ = try await link.operations()
        #expect(link.version == 2)
    }

    @Test func `a reader is closed once, after its last read`() async throws {
        let double = try filled()
        let reader = OpenReader(try double.open())
        let (begins, begun) = AsyncStream.makeStream(of: Void.self)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await reader.use { _ in
                    begun.finish()
                    for await _ in ends {}
                }
            }
            for await _ in begins {}
            await reader.retire()
            #expect(double.state.withLockedValue { $0.closed } == 0)
            #expect(try await reader.use { _ in 1 } == nil)
            end.finish()
            try await group.waitForAll()
        }
        await reader.retire()
        #expect(double.state.withLockedValue { $0.closed } == 1)
    }
}
