import Candles
import Foundation
import Resilience

/// The paths of Bitfinex's public API v2 that the replay knows.
struct PublicAPI {
    let market: ReplayMarket
    let now: UnixMilliseconds

    func reply(to request: ArrivedRequest, _ faults: [FaultEffect]) -> ReplayReply {
        do {
            return try page(request, faults) ?? other(request)
        } catch let error as ParameterError {
            return error.reply
        } catch {
            let summary = (error as? any Fault)?.summary ?? "\(error)"
            return .json("[\"error\",10001,\(JSONText.quoted(summary))]", status: 500)
        }
    }

    private func page(_ request: ArrivedRequest, _ faults: [FaultEffect]) throws -> ReplayReply? {
        guard request.method == "GET", let wanted = try CandleRequest(path: request.path, query: request.query) else {
            return nil
        }
        var moment = now
        for case .asOf(let seconds) in faults { moment = min(moment, now - Int64(seconds) * 1000) }
        guard let series = wanted.series, let visible = try market.visible(series, at: moment) else {
            return .json("[]")
        }
        if wanted.section == .last { return last(visible) }
        return PublicAPI.page(wanted, in: visible, faults)
    }

    private func last(_ visible: VisibleRows) -> ReplayReply {
        if visible.count == 0 { return .json("[]") }
        return ReplayReply(body: [visible.row(at: visible.count - 1)], rows: 1)
    }

    private static func page(
        _ request: CandleRequest, in visible: VisibleRows, _ faults: [FaultEffect]
    ) -> ReplayReply {
        var maximum = Int.max
        for case .pageLimit(let limit) in faults { maximum = min(maximum, limit) }
        var request = request
        if faults.contains(.sortIgnored) { request.ascending = false }
        var withdrawn: [ClosedRange<UnixMilliseconds>] = []
        for case .withdrawn(let from, let through) in faults {
            withdrawn.append(min(from, through)...max(from, through))
        }
        let page = CandlePage(request, in: visible, maximum: maximum, without: withdrawn)
        let edits = faults.compactMap { if case .rows(let edit) = $0 { edit } else { nil } }
        if edits.isEmpty { return page.reply }
        var rows = page.rows
        for edit in edits { edit.apply(to: &rows, of: request) }
        return CandlePage.reply(rows)
    }

    private func other(_ request: ArrivedRequest) throws -> ReplayReply {
        let path = request.path.removingPercentEncoding ?? request.path
        guard request.method == "GET" else { return .cannotGet(path) }
        if path == "/v2/platform/status" { return .json("[1]") }
        if path == "/v2/tickers" { return .json(try Tickers(market: market, now: now).json(query: request.query)) }
        let conf = "/v2/conf/"
        if path.hasPrefix(conf) { return .json(PublicConf(symbols: market.symbols).json(path.dropFirst(conf.count))) }
        return .cannotGet(path)
    }
}
