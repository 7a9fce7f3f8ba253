import Testing

@testable import Frontend

@Suite struct CatalogueMemoTests {
    @Test func `what is known is read again after a second, a change, or an event`() async throws {
        let source = FakeSource(.init(glances: [try Glances.glance(last: 10)]))
        let memo = CatalogueMemo()
        func reads(_ sequence: Int, at now: Int64) async throws -> Int {
            let before = source.reads
            _ = try await memo.catalogue(of: source, sequence: sequence, now: now)
            return source.reads - before
        }
        #expect(try await reads(1, at: 0) == 1)
        #expect(try await reads(1, at: 999) == 0)
        #expect(try await reads(1, at: 1000) == 1)
        // An event may tell of a commit before the database's version does.
        #expect(try await reads(2, at: 1001) == 1)
        source.change { _ in }
        #expect(try await reads(2, at: 1002) == 1)
        #expect(try await reads(2, at: 1003) == 0)
    }
}
