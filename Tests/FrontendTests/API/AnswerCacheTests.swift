import Candles
import HTTPServer
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import Frontend

@Suite(.timeLimit(.minutes(5))) struct AnswerCacheTests {
    private func answer(_ lifetime: APIDocument.Lifetime = .untilChange, bytes: Int = 10) -> CachedAnswer {
        CachedAnswer(
            APIDocument(data: Array(repeating: UInt8(ascii: "1"), count: bytes), lifetime: lifetime), asOf: 5,
            sequence: 6)
    }

    @Test func `an answer is kept as long as it is true`() {
        var shelf = AnswerStore()
        for (name, lifetime) in [
            ("always", APIDocument.Lifetime.always), ("settled", .settled), ("change", .untilChange),
            ("second", .second),
        ] {
            shelf.keep(answer(lifetime), to: name, version: 1, made: 1000)
        }
        func kept(version: Int, now: UnixMilliseconds) -> [String] {
            ["always", "settled", "change", "second"].filter { shelf.answer(to: $0, version: version, now: now) != nil }
        }
        #expect(kept(version: 1, now: 1999) == ["always", "settled", "change", "second"])
        #expect(kept(version: 1, now: 2000) == ["always", "settled", "change"])
        #expect(kept(version: 1, now: 999) == ["always", "settled", "change"])
        #expect(kept(version: 2, now: 1000) == ["always"])
    }

    @Test func `what nobody has used for longest goes first, and memory has its bound`() {
        var shelf = AnswerStore(room: .init(bytes: 100_000, answers: 1000))
        for index in 0..<5000 {
            shelf.keep(answer(bytes: 1000), to: "\(index)", version: 1, made: 0)
            _ = shelf.answer(to: "0", version: 1, now: 0)
            #expect(shelf.bytes <= 100_000)
        }
        #expect(shelf.answer(to: "0", version: 1, now: 0) != nil)
        #expect(shelf.answer(to: "4999", version: 1, now: 0) != nil)
        #expect(shelf.answer(to: "1", version: 1, now: 0) == nil)
        #expect(shelf.count > 20 && shelf.count < 40)
        shelf.keep(answer(bytes: 200_000), to: "large", version: 1, made: 0)
        #expect(shelf.answer(to: "large", version: 1, now: 0) == nil && shelf.count > 20)
    }

    @Test func `small ones are counted, too`() {
        var shelf = AnswerStore(room: .init(bytes: .max, answers: 100))
        for index in 0..<5000 { shelf.keep(answer(), to: "\(index)", version: index, made: 0) }
        #expect(shelf.count <= 100)
    }

    @Test func `many that want one document at once have it made once, and compressed once`() async throws {
        let made = NIOLockedValueBox(0)
        // Asked for twice by each, just before it waits or makes.
        let looks = NIOLockedValueBox(0)
        let cache = AnswerCache(
            version: {
                looks.withLockedValue { $0 += 1 }
                return 1
            }, now: { 0 })
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let answer = try await cache.answer(to: "a", isZipped: index.isMultiple(of: 2)) { _ in
                        made.withLockedValue { $0 += 1 }
                        for await _ in gate {}
                        return self.answer(bytes: 5000)
                    }
                    #expect(answer.plain.body.readableBytes > 5000)
                }
            }
            while looks.withLockedValue(\.self) < 80, !Task.isCancelled { await Task.yield() }
            open.finish()
            try await group.waitForAll()
        }
        // Those that want it compressed wait for each other, and so do the others.
        #expect(made.withLockedValue(\.self) <= 2)
        #expect(cache.kept("a")?.plain.status == .ok)
    }

    @Test func `what changed while an answer was made makes it old`() async throws {
        let version = NIOLockedValueBox(1)
        let cache = AnswerCache(version: { version.withLockedValue(\.self) }, now: { 0 })
        _ = try await cache.answer(to: "a", isZipped: false) { _ in
            version.withLockedValue { $0 = 2 }
            return answer()
        }
        #expect(cache.kept("a") == nil)
    }

    @Test func `a tag is of the data alone, whenever they were read`() {
        let data = Array("[1]".utf8)
        let tags = [(1, 2), (3, 4)].map { asOf, sequence in
            CachedAnswer(APIDocument(data: data, lifetime: .second), asOf: asOf, sequence: sequence).tag
        }
        #expect(tags[0] == tags[1])
    }

    @Test func `an answer says what may be done with it`() throws {
        var large = answer(.settled, bytes: 5000)
        #expect(large.answer(to: ["Accept-Encoding": "gzip"]) == nil)
        try large.zip()
        let zipped = try #require(large.answer(to: ["Accept-Encoding": "gzip"]))
        #expect(zipped.headers["content-encoding"] == ["gzip"])
        #expect(zipped.headers["content-length"] == ["\(zipped.body.readableBytes)"])
        #expect(zipped.headers["cache-control"] == ["private, max-age=60"])
        #expect(large.answer(to: ["If-None-Match": large.tag])?.status == .notModified)
        #expect(large.answer(to: [:])?.headers["content-encoding"] == [])
        #expect(answer().answer(to: ["Accept-Encoding": "gzip"])?.headers["content-encoding"] == [])
        #expect(answer().tag == answer(.always).tag && answer(bytes: 11).tag != answer().tag)
    }
}
