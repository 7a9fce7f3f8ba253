import Foundation
import HTTPServer
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Frontend

/// Whoever asks, and however: only what is in the manifest is given away.
@Suite(.timeLimit(.minutes(10))) struct HostileInputTests {
    private static let allowed: Set<Int> = [200, 304, 400, 404, 405, 408, 413, 421, 431]

    @Test func `no spelling of a path leads out of the manifest, and none is redirected`() async throws {
        try await ServedManifest.with { port, _ in
            for target in HostileRequests.traversals {
                let heard = try await HostileConversation.heard(
                    saying: Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), to: port)
                let answers = try #require(HeardAnswer.all(in: heard), "\(target)")
                let isIndex = target.hasPrefix("/?")
                #expect(
                    answers.map(\.status) == [isIndex ? 200 : answers.first?.status == 400 ? 400 : 404], "\(target)")
                #expect(!String(decoding: heard, as: UTF8.self).contains("SECRET"), "\(target)")
                #expect(answers.allSatisfy { $0.values("location").isEmpty })
            }
        }
    }

    @Test(
        "a range is passed over",
        arguments: [
            "bytes=0-1", "bytes=-20", "bytes=1000-2000", "bytes=100-", "bytes=0-0,5-6", "bytes=99999999999999999999-",
            "bytes=5-1",
            "lines=1-2", "bytes", "", "bytes=\u{7f}",
        ])
    func ranges(range: String) async throws {
        try await ServedManifest.with { port, _ in
            let request = " /app.css HTTP/1.1\r\nHost: localhost\r\nRange: \(range)\r\n\r\n"
            let heard = try await HostileConversation.heard(
                saying: Array(("GET" + request + "HEAD" + request + "GET" + request).utf8), to: port)
            let answers = try #require(HeardAnswer.all(in: heard))
            if range.contains("\u{7f}") { return #expect(answers.map(\.status) == [400]) }
            #expect(answers.map(\.status) == [200, 200, 200])
            #expect(answers.map(\.body.count) == [17, 0, 17])
            #expect(answers.allSatisfy { $0.values("content-length") == ["17"] && $0.values("content-range").isEmpty })
        }
    }

    @Test func `a hundred thousand random requests learn nothing and break nothing`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        let count = Effort.rounds(100_000, long: 1_000_000)
        var limits = HTTPServerLimits()
        limits.bodyBytes = 1024
        try await ServedManifest.with(limits: limits) { port, tree in
            let judge = try Judge(of: tree)
            let heard = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<8 {
                    group.addTask { try await Self.ask(count / 8, UInt64(worker) &+ seed, port, judge) }
                }
                return try await group.reduce(0, +)
            }
            // Far from all are refused at the connection's first request.
            #expect(heard > count / 40)
        }
    }

    /// So many requests, several on each connection, until one is answered wrongly; gives how many were answered with success.
    private static func ask(_ count: Int, _ seed: UInt64, _ port: Int, _ judge: Judge) async throws -> Int {
        var requests = HostileRequests(random: SeededGenerator(seed: seed))
        var left = count, successes = 0
        while left > 0 {
            let some = min(left, Int.random(in: 1...12, using: &requests.random))
            var bytes: [UInt8] = []
            for _ in 0..<some {
                bytes += Int.random(in: 0..<4, using: &requests.random) == 0 ? HostileRequests.sound : requests.next()
            }
            left -= some
            let heard = try await HostileConversation.heard(saying: bytes, to: port)
            guard let answers = HeardAnswer.all(in: heard), answers.allSatisfy(judge.isSound) else {
                Issue.record("seed \(seed): \(bytes.escaped) was answered with \(heard.escaped)")
                return successes
            }
            successes += answers.count { $0.status == 200 }
        }
        return successes
    }

    /// Knows what may be given away.
    private struct Judge: Sendable {
        let bodies: Set<[UInt8]>
        let standing = FrontendHeaders.standing.fields

        init(of tree: PublicTree) throws {
            let manifest = try tree.manifest()
            var bodies: Set<[UInt8]> = [Array("fake\n".utf8)]
            for path in ["/", "/app.css", "/js/main.js", "/licenses", "/none"] {
                for encoding in ["identity", "gzip"] {
                    if let answer = manifest.get(path, ["Accept-Encoding": encoding]) {
                        bodies.insert(Array(answer.body.readableBytesView))
                    }
                }
            }
            self.bodies = bodies
        }

        func isSound(_ answer: HeardAnswer) -> Bool {
            guard HostileInputTests.allowed.contains(answer.status), answer.values("date").count == 1 else {
                return false
            }
            guard standing.allSatisfy({ answer.values($0.name.lowercased()) == [$0.value] }) else { return false }
            if answer.body.isEmpty || bodies.contains(answer.body) { return true }
            // One line of the server itself, or the router's of what is not there.
            return answer.status >= 400 && answer.body.count < 100
                && !String(decoding: answer.body, as: UTF8.self).contains("SECRET")
        }
    }
}

extension [UInt8] {
    fileprivate var escaped: String { String(decoding: self, as: UTF8.self).debugDescription.prefix(2000).description }
}
