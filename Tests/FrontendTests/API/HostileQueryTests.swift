import Foundation
import TestSupport
import Testing

@testable import Frontend

/// Whatever is asked of the documents, each answer is one of them or a problem that says what to do.
@Suite(.timeLimit(.minutes(5))) struct HostileQueryTests {
    private static let names =
        APIResource.all.map(\.name) + [
            "candles/", "../summary", "", "%63andles", "candles%00", "CANDLES", "events%2f",
        ]
    private static let keys = [
        "symbol", "timeframe", "before", "from", "to", "limit", "grain", "Symbol", "", "symbol%00", "s%C3%BDmbol",
        "limit%5b%5d", "&", "=",
    ]
    private static let values = [
        "BTCUSD", "ETHUSD", "tBTCUSD", "BTC%2FUSD", "1m", "1h", "1D", "1W", "14D", "1M", "12h", "day", "week", "month",
        "0", "1", "10000",
        "10001", "-1", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e9", "NaN", "1.5", "",
        "%00", "%zz", "%",
        "a%0d%0aX:%20y", "'%20OR%201=1--", "..%2f..%2fetc%2fpasswd", "2024-01-01", "2024-02-30T25:61:61Z", "+00:00",
        "%F0%9F%98%80",
        "%c0%ae", "null", "true", "[]", "{}", "1700000000000", "1700000123456", "253402300800000",
    ]
    private static let statuses: Set<Int> = [200, 304, 400, 404, 405, 414, 421, 431]

    @Test func `twenty thousand random questions are answered, each with a document or a problem`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        let count = Effort.rounds(20_000, long: 400_000)
        try await ServedEvents.with(try Samples.source(), now: { ServedAPI.now }) { served in
            let documents = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<8 {
                    group.addTask { try await Self.ask(count / 8, UInt64(worker) &+ seed, served.port) }
                }
                return try await group.reduce(0, +)
            }
            // Far from all are refused.
            #expect(documents > count / 40)
        }
    }

    /// Gives how many documents were told; stops at the first wrong answer.
    private static func ask(_ count: Int, _ seed: UInt64, _ port: Int) async throws -> Int {
        var random = SeededGenerator(seed: seed)
        var left = count
        var documents = 0
        while left > 0 {
            let targets = (0..<min(left, Int.random(in: 1...20, using: &random))).map { _ in target(&random) }
            left -= targets.count
            let requests = targets.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
            let heard = try await HostileConversation.heard(saying: Array(requests.utf8), to: port)
            guard let answers = HeardAnswer.all(in: heard), answers.count == targets.count, answers.allSatisfy(isSound)
            else {
                Issue.record(
                    "seed \(seed): \(targets) were answered with \(String(decoding: heard, as: UTF8.self).prefix(4000))"
                )
                return documents
            }
            documents += answers.count { $0.status == 200 }
        }
        return documents
    }

    private static func target(_ random: inout SeededGenerator) -> String {
        let query = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            "\(pick(keys, &random))=\(pick(values, &random))"
        }
        return "/api/v1/\(pick(names, &random))" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private static func pick(_ list: [String], _ random: inout SeededGenerator) -> String {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private static func isSound(_ answer: HeardAnswer) -> Bool {
        guard statuses.contains(answer.status) else { return false }
        guard let document = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] else {
            return false
        }
        if answer.status == 200 { return document["data"] != nil || document["openapi"] != nil }
        return answer.values("content-type") == ["application/problem+json"] && document["title"] is String
    }
}
