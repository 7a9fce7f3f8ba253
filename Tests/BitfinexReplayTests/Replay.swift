import BitfinexReplay
import Candles
import Foundation
import FoundationNetworking
import Logging

/// A replay on a free port, for the length of a test.
struct Replay: Sendable {
    let server: ReplayServer
    let port: Int

    struct Reply: Sendable {
        let status: Int
        let headers: [String: String]
        let text: String

        /// The rows of a page, each as it was printed.
        var rows: [String] {
            guard text.count > 2 else { return [] }
            return text.dropFirst().dropLast().replacing("],[", with: "]\n[").split(separator: "\n").map(String.init)
        }
        var times: [Int64] { rows.compactMap { Int64($0.dropFirst().prefix(13)) } }
    }

    /// Starts a replay, runs `body`, and stops it.
    @discardableResult
    static func run<Result: Sendable>(
        _ source: any CandleSource, now: @escaping @Sendable () -> UnixMilliseconds = { Replay.later },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in },
        shiftedToEndAt end: UnixMilliseconds? = nil,
        settings: ReplaySettings = .init(), _ body: @escaping @Sendable (Replay) async throws -> Result
    ) async throws -> Result {
        let server = ReplayServer(
            ReplayMarket(source, shiftedToEndAt: end), settings: settings, clock: ReplayClock(now: now, sleep: sleep),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await server.serving { try await body(Replay(server: server, port: $0)) }
    }

    /// 2100-01-01: all that is recorded is in the past.
    static let later: UnixMilliseconds = 4_102_444_800_000

    func get(_ path: String) async throws -> Reply { try await send(URLRequest(url: url(path))) }

    func post(_ path: String, _ body: String = "") async throws -> Reply {
        var request = URLRequest(url: url(path))
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        return try await send(request)
    }

    /// A page of tBTCUSD candles.
    func candles(
        _ query: String = "", _ timeframe: String = "1m", section: String = "hist", timeout: TimeInterval = 30
    ) async throws -> Reply {
        var request = URLRequest(url: url("/v2/candles/trade:\(timeframe):tBTCUSD/\(section)?\(query)"))
        request.timeoutInterval = timeout
        return try await send(request)
    }

    func statistics() async throws -> ReplayStatistics {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ReplayStatistics.self, from: Data(try await get("/__stats").text.utf8))
    }

    private func url(_ path: String) -> URL { URL(string: "http://127.0.0.1:\(port)\(path)") ?? URL(filePath: path) }

    private func send(_ request: URLRequest) async throws -> Reply {
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let http = response as? HTTPURLResponse
        var headers: [String: String] = [:]
        for case (let name as String, let value as String) in http?.allHeaderFields ?? [:] {
            headers[name.lowercased()] = value
        }
        return Reply(status: http?.statusCode ?? 0, headers: headers, text: String(decoding: data, as: UTF8.self))
    }
}

/// Rows written by hand.
struct HandWritten: CandleSource {
    let rows: [Series: [String]]

    /// Rows of BTCUSD 1m.
    init(_ rows: [String]) { self.rows = [.btc(.minute1): rows] }
    init(_ rows: [Series: [String]]) { self.rows = rows }

    var series: [Series] { rows.keys.sorted() }
    func rows(of series: Series) throws -> CandleRows {
        var result = CandleRows()
        for row in rows[series] ?? [] { result.append(Int64(row.dropFirst().prefix(13)) ?? 0, printed: row.utf8) }
        return result
    }

    /// 2024-01-01T00:00Z.
    static let start: UnixMilliseconds = 1_704_067_200_000

    /// So many minutes from `start`, each with prices of its own.
    static func minutes(_ range: Range<Int>) -> [String] {
        range.map { "[\(start + Int64($0) * 60_000),\($0 + 1),\($0 + 2),\($0 + 3),\($0),0.\($0 + 1)]" }
    }
}

extension Series {
    static func btc(_ timeframe: Timeframe) -> Series {
        guard let symbol = try? Symbol("BTCUSD") else { preconditionFailure("BTCUSD is a symbol") }
        return Series(symbol: symbol, timeframe: timeframe)
    }
}
