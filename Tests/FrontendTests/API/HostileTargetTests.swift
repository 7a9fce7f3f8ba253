import Candles
import NIOHTTP1
import TestSupport
import Testing

@testable import Frontend

/// No bytes of a request end the dashboard: every parameter of every document, and every header that it reads.
@Suite("Hostile targets", .timeLimit(.minutes(30))) struct HostileTargetTests {
    private static let now: UnixMilliseconds = 1_790_134_400_000

    private static let queries = [
        "symbol=BTCUSD&timeframe=1m&before=1704067200000&limit=500", "symbol=BTCF0:USTF0&timeframe=1D&limit=07",
        "grain=day&timeframe=1h&from=2024-01-31T12:00:00.123Z&to=1704067200000&symbol=tBTCUSD",
        "grain=month&from=0&to=253402300799999", "symbol=%42TCUSD&limit=1", "from=2024-01-31%2012:00+01:00",
    ]

    @Test func `no query ends the process, and one that is taken has one spelling`() throws {
        var (drawn, taken) = (0, 0)
        try Hostile.cases { hostile in
            drawn += 1
            let text = String(
                decoding: hostile.mutated(Self.queries.randomElement(using: &hostile.random) ?? ""), as: UTF8.self)
            let resource = try #require(APIResource.all.randomElement(using: &hostile.random))
            let query: APIQuery
            do {
                query = try APIQuery(text[...], of: resource.path, taking: resource.parameters)
            } catch {
                _ = "\(error)"
                return
            }
            taken += 1
            let rest = query.target.dropFirst(resource.path.utf8.count + 1)
            #expect(try APIQuery(rest, of: resource.path, taking: resource.parameters) == query, "\(text)")
            let grain = query.text("grain").flatMap { CoverageGrain(rawValue: $0) } ?? .day
            _ = try? CoverageGrid(grain, from: query.integer("from"), to: query.integer("to"), now: Self.now)
        }
        print("\(taken) of \(drawn) queries were taken")
        #expect(taken * 100 > drawn)
    }

    @Test func `any two times make a grid of at most a thousand cells, or none`() {
        Hostile.cases { hostile in
            let bounds = APITime.range
            let times = (0..<3).map { _ in min(max(hostile.integer(), bounds.lowerBound), bounds.upperBound) }
            let grain = CoverageGrain.allCases.randomElement(using: &hostile.random) ?? .day
            guard let grid = try? CoverageGrid(grain, from: times[0], to: times[1], now: times[2]) else { return }
            #expect((1...1000).contains(grid.cells.count))
        }
    }

    @Test func `no header that is read ends the process`() {
        let codings = ["gzip;q=0.5, identity;q=1.0, *;q=0", "gzip", ";;;,,,q=", "x-gzip ; q = 0.001"]
        let tags = [#""a", W/"b""#, "*", #"W/"99", "#, "\"", #""12-34""#]
        Hostile.cases { hostile in
            func drawn(_ texts: [String]) -> String {
                String(decoding: hostile.mutated(texts.randomElement(using: &hostile.random) ?? ""), as: UTF8.self)
            }
            _ = AcceptedEncoding(fields: [drawn(codings), drawn(codings)])
            let request = ConditionalRequest(
                noneMatch: Bool.random(using: &hostile.random) ? [drawn(tags)] : [], modifiedSince: hostile.header())
            _ = request.has(etag: #""12-34""#, modified: HTTPDate(seconds: hostile.integer()))
        }
    }
}
