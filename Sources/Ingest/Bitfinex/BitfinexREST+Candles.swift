package import Candles
import Resilience

/// The questions for candles.
extension BitfinexREST {
    /// The rows of a page, in the order asked for, with their witness.
    ///
    /// A page with rows that are no candles is asked for once more; what then remains of them is told.
    ///
    /// - Throws: `BitfinexFault`, `TransportFault`, `BudgetFault`, `CircuitOpen` or `JournalFault` once the retries are used up.
    package func candles(_ series: Series, _ request: PageRequest) async throws -> PageAnswer {
        let what = "\(series) from \(request.start.iso8601) to \(request.last.iso8601)"
        let first = try await page(series, request, what)
        guard let row = first.unreadable.first else { return told(first, series) }
        emit(.retrying(BitfinexFault.unreadableRow(what: what, row: row.text), attempt: 1, after: .zero))
        let second = try await page(series, request, what)
        return told(second.unreadable.count > first.unreadable.count ? first : second, series)
    }

    private func page(_ series: Series, _ request: PageRequest, _ what: String) async throws -> PageAnswer {
        try await retrying { () throws in
            let answer = try await answer(series, request.query, request.order, what)
            if let objection = request.objection(to: answer, timeframe: series.timeframe) {
                if request.isOlderThanItsWitness(answer, timeframe: series.timeframe) {
                    throw BitfinexFault.stale(what: what)
                }
                throw BitfinexFault.unproven(what: what, reason: objection)
            }
            return answer
        }
    }

    private func told(_ answer: PageAnswer, _ series: Series) -> PageAnswer {
        for row in answer.repeated.prefix(Self.mostTold) { emit(.warned(.repeatedRow(series, row: row.text))) }
        for row in answer.unreadable.prefix(Self.mostTold) { emit(.warned(.unreadableRow(series, row: row.text))) }
        return answer
    }

    /// So many rows of a page are told of.
    private static var mostTold: Int { 5 }

    /// The oldest candle that the exchange has, or nil where it has none.
    ///
    /// It takes a second question to be believed: whoever answers the first one with a later candle would hide all before it.
    package func firstCandle(of series: Series) async throws -> UnixMilliseconds? {
        let what = "\(series) first candle"
        return try await retrying { () throws in
            let answer = try await answer(series, "sort=1&limit=1", .oldestFirst, what)
            guard let first = try single(answer, series, what) else { return nil }
            let times = try await askNewestTimes(of: series, atOrBefore: first)
            if times != [first] {
                throw BitfinexFault.unproven(what: what, reason: "the candles up to it are not it alone")
            }
            return first
        }
    }

    /// The open times of the newest two candles that opened at or before `time`; of the first candle of all it is the only one.
    package func newestTimes(of series: Series, atOrBefore time: UnixMilliseconds) async throws -> [UnixMilliseconds] {
        try await retrying { () throws in try await askNewestTimes(of: series, atOrBefore: time) }
    }

    private func askNewestTimes(of series: Series, atOrBefore time: UnixMilliseconds) async throws -> [UnixMilliseconds]
    {
        let what = "\(series) candles up to \(time.iso8601)"
        let times = try await answer(series, "end=\(time)&limit=2&sort=-1", .newestFirst, what).times
        guard times.count <= 2, times.allSatisfy({ $0 <= time && $0 % series.timeframe.milliseconds == 0 }),
            Set(times).count == times.count
        else { throw BitfinexFault.unproven(what: what, reason: "two candles up to then were asked for") }
        return times.sorted(by: >)
    }

    /// The newest candle that opened at or before `time`, of a series that has one.
    package func newestCandle(of series: Series, atOrBefore time: UnixMilliseconds) async throws -> UnixMilliseconds {
        let what = "\(series) newest candle up to \(time.iso8601)"
        return try await retrying { () throws in
            let answer = try await answer(series, "end=\(time)&limit=1&sort=-1", .newestFirst, what)
            guard let found = try single(answer, series, what) else {
                throw BitfinexFault.unproven(what: what, reason: "it is empty, although the series began before")
            }
            if found > time { throw BitfinexFault.unproven(what: what, reason: "it opened later") }
            return found
        }
    }

    /// What the exchange has next to a candle that it may have withdrawn: the newest at or before it, where there is any.
    ///
    /// Not sure where the answer was made before that candle had settled, and cannot tell.
    func neighbour(of time: UnixMilliseconds, in series: Series) async throws -> (
        older: UnixMilliseconds?, isSure: Bool
    ) {
        let what = "\(series) newest candle up to \(time.iso8601)"
        return try await retrying { () throws in
            let answer = try await answer(series, "end=\(time)&limit=1&sort=-1", .newestFirst, what)
            let found = try single(answer, series, what)
            if let found, found > time { throw BitfinexFault.unproven(what: what, reason: "it opened later") }
            return (found, time + series.timeframe.milliseconds <= answer.provesTo)
        }
    }

    /// The oldest candle that opened at or after `time`, or nil where there is none.
    func oldestCandle(of series: Series, atOrAfter time: UnixMilliseconds) async throws -> UnixMilliseconds? {
        let what = "\(series) oldest candle from \(time.iso8601)"
        return try await retrying { () throws in
            let answer = try await answer(series, "start=\(time)&limit=1&sort=1", .oldestFirst, what)
            let found = try single(answer, series, what)
            if let found, found < time { throw BitfinexFault.unproven(what: what, reason: "it opened earlier") }
            return found
        }
    }

    /// The time of the one candle that was asked for; its values do not count.
    private func single(_ answer: PageAnswer, _ series: Series, _ what: String) throws -> UnixMilliseconds? {
        let times = answer.times
        guard times.count <= 1, times.count == answer.count,
            times.allSatisfy({ $0 % series.timeframe.milliseconds == 0 })
        else { throw BitfinexFault.unproven(what: what, reason: "one candle on a boundary was asked for") }
        return times.first
    }

    private func answer(
        _ series: Series, _ query: String, _ order: PageRequest.Order, _ what: String
    ) async throws -> PageAnswer {
        let reply = try await call(
            "candles/trade:\(series.timeframe):\(series.symbol.exchangeName)/hist", query,
            endpoint: Self.candlesEndpoint,
            what: what)
        do {
            let (rows, unreadable) = try CandlePageParser.page(in: reply.body)
            return PageAnswer(
                sent: rows, unreadable: unreadable, timeframe: series.timeframe, order: order, madeAt: reply.madeAt)
        } catch {
            throw BitfinexFault.malformed(what: what, reason: "\(error.reason) at byte \(error.offset)")
        }
    }
}

extension PageRequest {
    fileprivate var query: String {
        "start=\(start)&end=\(last)&limit=\(limit)&sort=\(order == .oldestFirst ? 1 : -1)"
    }
}
