import BitfinexReplay
import Candles
import Storage
import TestSupport
import Testing

extension IngestCommandSuite {
    /// Every fault of the exchange and of the way to it, and what comes of it.
    @Suite("Faults", .timeLimit(.minutes(10))) struct FaultTableTests {
        enum Expected: Sendable {
            /// Goes away by itself: the run is complete, and took so many requests more than an undisturbed one.
            case retried
            /// The exchange is asked for its status before it is asked again.
            case waited
            /// Repeating is pointless: exit code and fault code, after one request.
            case permanent(Int32, String)
            /// The rows are good all the same.
            case stored
            /// The transport itself asks again, so that nobody can count.
            case mended
        }

        /// The faults befall the fifth request, a page in the middle.
        static let table: [(FaultEffect, Expected)] = [
            (.error(.generic), .retried), (.error(.notReady), .retried), (.error(.temporarilyUnavailable), .retried),
            (.error(.maintenance), .waited), (.error(.cloudflareHTML), .retried),
            (.error(.parameter), .permanent(69, "bitfinex-refused")),
            (.error(.badPath), .permanent(69, "bitfinex-refused")),
            (.error(.forbiddenHTML), .permanent(69, "bitfinex-forbidden")),
            (.error(.rateLimited, retryAfter: 3_600), .permanent(11, "bitfinex-banned")),
            (.error(.rateLimitedDict, retryAfter: 3_600), .permanent(11, "bitfinex-banned")),
            (.reply(status: 500, body: #"["error",10000,"unknown"]"#), .retried),
            (.reply(status: 502, body: "<html>"), .retried),
            (.garbage, .retried), (.empty, .retried), (.emptyBody, .retried), (.rows(.duplicates), .stored),
            (.rows(.unsorted), .retried), (.rows(.outOfRange), .retried), (.rows(.fiveFields), .retried),
            (.rows(.nullField), .retried), (.rows(.nullRow), .retried), (.rows(.dropWitness), .retried),
            (.rows(.extraFields), .stored), (.delivery(.reset), .mended), (.delivery(.truncated), .retried),
            (.delivery(.hang), .retried),
        ]

        @Test(arguments: table.indices) func `a fault has its outcome`(row: Int) async throws {
            let (effect, expected) = Self.table[row]
            let truth = try Markets.times(Markets.threePages, Series("BTCUSD-1m"))
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(ScriptedFault(effect, path: "/candles/", skip: 4, times: 1))
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 60_000)
                let outcome = try await place.backfill("BTCUSD-1m", "--end", "2024-02-10").run()
                let kept = try await place.kept()
                #expect(kept.agrees(with: truth))
                switch expected {
                case .retried, .stored, .mended, .waited:
                    #expect(outcome.status == 0, "\(effect): \(outcome.err)")
                    #expect(kept.times == truth)
                    #expect(kept.rows.allSatisfy { $0.final && !$0.candle.isSuspect })
                    guard !expected.isMended else { break }
                    #expect(outcome.number("requests") == 6 + expected.more, "\(effect): \(outcome.err)")
                case .permanent(let status, let code):
                    #expect(outcome.status == status, "\(effect): \(outcome.err)")
                    #expect(outcome.err.contains(code), "\(effect): \(outcome.err)")
                    #expect(outcome.number("requests") == 5)
                    #expect(kept.times.isEmpty || kept.times.count < truth.count)
                }
            }
        }

        @Test func `an exchange that is away is said so, and named as the reason`() async throws {
            let place = try Workplace(exchange: "http://127.0.0.1:9", requestsPerMinute: 60_000)
            let outcome = try await place.backfill().run()
            #expect(outcome.status == 69)
            #expect(outcome.err.contains("transport-unreachable"))
        }

        @Test func `a breaker that one process opened holds the next one back`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(ScriptedFault(.error(.generic), path: "/candles/"))
                let place = try Workplace(exchange: exchange.url)
                let first = try await place.backfill().run()
                #expect(first.status == 69)
                let asked = exchange.statistics.requests
                #expect(asked == 5)
                let second = try await place.backfill().run()
                #expect(second.status == 69)
                #expect(second.err.contains("circuit-open"))
                #expect(exchange.statistics.requests == asked)
            }
        }

        @Test func `a ban that one process met stops all others`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                exchange.server.script(
                    ScriptedFault(.error(.rateLimited, retryAfter: 3_600), path: "/candles/", times: 1))
                let place = try Workplace(exchange: exchange.url, requestsPerMinute: 600)
                #expect(try await place.backfill().run().status == 11)
                let second = try await place.backfill("ETHUSD-1m").run()
                #expect(second.status == 11)
                #expect(second.err.contains("bitfinex-banned"))
                #expect(exchange.statistics.requests == 1)
            }
        }
    }
}

extension IngestCommandSuite.FaultTableTests.Expected {
    /// Requests beyond those of an undisturbed run.
    var more: Int {
        switch self {
        case .retried: 1
        case .waited: 2
        default: 0
        }
    }
    var isMended: Bool { if case .mended = self { true } else { false } }
}
