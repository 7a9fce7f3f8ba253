import NIOCore
import Testing

@testable import HTTPServer

@Suite struct ConnectionDeadlinesTests {
    private var deadlines = ConnectionDeadlines(HTTPServerLimits(), acceptedAt: Self.at(0))

    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1000 + seconds) }

    @Test mutating func `bytes do not put the end of a head off`() {
        #expect(deadlines.deadline == Self.at(10))
        #expect(deadlines.expiry == .close)
        for second in 1..<10 { deadlines.bytesCame(at: Self.at(Int64(second))) }
        #expect(deadlines.deadline == Self.at(10))
        #expect(deadlines.expiry == .answer)
    }

    @Test mutating func `a body has its own deadline, and an answer none`() {
        deadlines.headCame(at: Self.at(5))
        #expect(deadlines.deadline == Self.at(35))
        #expect(deadlines.expiry == .answer)
        deadlines.requestCame(at: Self.at(6))
        #expect(deadlines.deadline == nil)
    }

    @Test mutating func `between requests a connection may rest, and the next head has a deadline of its own`() {
        deadlines.headCame(at: Self.at(1))
        deadlines.requestCame(at: Self.at(1))
        deadlines.answered(at: Self.at(100))
        #expect(deadlines.deadline == Self.at(160))
        #expect(deadlines.expiry == .close)
        deadlines.bytesCame(at: Self.at(150))
        #expect(deadlines.deadline == Self.at(160))
        #expect(deadlines.expiry == .answer)
    }

    @Test mutating func `a head that waits for an answer before it has its time from then on`() {
        deadlines.headCame(at: Self.at(1))
        deadlines.requestCame(at: Self.at(1))
        deadlines.bytesCame(at: Self.at(2))
        #expect(deadlines.deadline == nil)
        deadlines.answered(at: Self.at(50))
        #expect(deadlines.deadline == Self.at(60))
    }

    @Test mutating func `an answer that stalls has a deadline until it flows again`() {
        deadlines.headCame(at: Self.at(1))
        deadlines.requestCame(at: Self.at(1))
        deadlines.flows(false, at: Self.at(2))
        deadlines.flows(false, at: Self.at(20))
        #expect(deadlines.deadline == Self.at(32))
        #expect(deadlines.expiry == .close)
        deadlines.flows(true, at: Self.at(25))
        #expect(deadlines.deadline == nil)
    }

    @Test mutating func `the last moment only comes nearer`() {
        deadlines.end(within: .seconds(3), at: Self.at(0))
        deadlines.end(within: .seconds(100), at: Self.at(1))
        #expect(deadlines.deadline == Self.at(3))
        #expect(deadlines.expiry == .close)
    }
}
