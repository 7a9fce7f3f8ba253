import NIOConcurrencyHelpers
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct SingleFlightTests {
    /// Returns once so many wait.
    private func waiters(_ count: Int, of work: SingleFlight<String, Int>) async {
        while work.waiting < count, !Task.isCancelled { await Task.yield() }
    }

    @Test func `what many want at once is made once`() async throws {
        let work = SingleFlight<String, Int>()
        let made = NIOLockedValueBox(0)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await work.value(for: "a") {
                        made.withLockedValue { $0 += 1 }
                        for await _ in gate {}
                        return 7
                    }
                }
            }
            await waiters(19, of: work)
            open.finish()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 7, count: 20))
        #expect(made.withLockedValue(\.self) == 1)
        #expect(try await work.value(for: "a") { 8 } == 8)
    }

    @Test func `an error is everybody's`() async throws {
        let work = SingleFlight<String, Int>()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do {
                        _ = try await work.value(for: "a") {
                            for await _ in gate {}
                            throw APIProblem(.notFound, "no")
                        }
                        return false
                    } catch { return error is APIProblem }
                }
            }
            await waiters(4, of: work)
            open.finish()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 5)
    }

    @Test func `where the maker is cancelled, one of the others makes it`() async throws {
        let work = SingleFlight<String, Int>()
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Int.self) { others in
            await withTaskGroup(of: Bool.self) { maker in
                maker.addTask {
                    do {
                        return try await work.value(for: "a") {
                            begin.yield()
                            for await _ in gate {}
                            try Task.checkCancellation()
                            return 1
                        } == 0
                    } catch { return error is CancellationError }
                }
                for await _ in begun { break }
                others.addTask { try await work.value(for: "a") { 2 } }
                await waiters(1, of: work)
                maker.cancelAll()
                #expect(await maker.next() == true)
            }
            let other = try await others.next()
            #expect(other == 2)
        }
        open.finish()
    }

    @Test func `who is cancelled waits no longer, and the others get theirs`() async throws {
        let work = SingleFlight<String, Int>()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await work.value(for: "a") {
                    begin.yield()
                    for await _ in gate {}
                    return 3
                }
            }
            for await _ in begun { break }
            await withTaskGroup(of: Bool.self) { impatient in
                impatient.addTask {
                    do { return try await work.value(for: "a") { 4 } == 0 } catch { return error is CancellationError }
                }
                await waiters(1, of: work)
                impatient.cancelAll()
                #expect(await impatient.next() == true)
            }
            #expect(work.waiting == 0)
            open.finish()
            let value = try await group.next()
            #expect(value == 3)
        }
    }
}
