package import Candles
package import Foundation
package import Journal
import NIOConcurrencyHelpers
package import Resilience
package import Transport

/// Bitfinex's public REST API, as far as candles need it: every call goes through the host's budget and breaker.
package struct BitfinexREST<C: Clock>: Sendable where C.Duration == Duration {
    /// The exchange without `/v2`.
    private let base: URL
    private let transport: any HTTPTransport
    private let budget: SharedBudget<C>
    private let breaker: SharedCircuitBreaker
    private let retry: RetryPolicy
    private let clock: C
    private let priority: RequestPriority
    private let patience: Duration
    private let now: @Sendable () -> UnixMilliseconds
    private let emit: @Sendable (IngestEvent) -> Void
    private let sent = NIOLockedValueBox(0)
    private let turn = NIOLockedValueBox(Turn())

    /// What `takingTurn` holds for its body.
    private struct Turn: Sendable {
        /// A permit that was waited for before it was known what to ask.
        var permit: RequestPermit?
        /// The rank of all requests of the body.
        var servedAt = UnixMilliseconds.max
    }

    /// Makes a client; `patience` is the longest wait for the budget or for the end of a ban.
    package init(
        base: URL, transport: any HTTPTransport, budget: SharedBudget<C>, breaker: SharedCircuitBreaker,
        retry: RetryPolicy, clock: C, priority: RequestPriority, patience: Duration,
        now: @escaping @Sendable () -> UnixMilliseconds,
        emit: @escaping @Sendable (IngestEvent) -> Void
    ) {
        self.base = base
        self.transport = transport
        self.budget = budget
        self.breaker = breaker
        self.retry = retry
        self.clock = clock
        self.priority = priority
        self.patience = patience
        self.now = now
        self.emit = emit
    }

    /// The exchange as the database remembers it.
    package var address: String { base.absoluteString }

    /// How many requests went out so far, repeated ones included.
    package var requestsSent: Int { sent.withLockedValue { $0 } }

    /// Runs `body` once the budget lets the next request for candles go: what it asks is then as fresh as its answer.
    ///
    /// Of realtime jobs that wait, the one goes first whose series was served longest ago, with all of its requests. A turn that
    /// `body` does not use is given back.
    ///
    /// - Throws: `BudgetFault`, `JournalFault`, or what `body` throws.
    package func takingTurn<T>(
        servedAt: UnixMilliseconds, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
    ) async throws -> T {
        let permit = try await budget.acquire(
            endpoint: Self.candles, priority: priority, servedAt: servedAt, patience: patience
        ) { wait in emit(.waiting(wait)) }
        turn.withLockedValue { $0 = Turn(permit: permit, servedAt: servedAt) }
        let result: Result<T, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        let unused = turn.withLockedValue { turn in
            defer { turn = Turn() }
            return turn.permit
        }
        if let unused { try await budget.finish(unused, .unsent) }
        return try result.get()
    }

    /// A turn that was not used for so long is waited for anew: the budget counts it as a request of some seconds.
    private static var turnAge: Int64 { 20_000 }

    private static var candles: String { "candles" }

    /// The rows of a page, in the order asked for, with their witness.
    ///
    /// - Throws: `BitfinexFault`, `TransportFault`, `BudgetFault`, `CircuitOpen` or `JournalFault` once the retries are used up.
    package func candles(_ series: Series, _ request: PageRequest) async throws -> [Candle] {
        let what = "\(series) from \(request.start.iso8601) to \(request.last.iso8601)"
        return try await retrying { () throws in
            let body = try await call(
                "candles/trade:\(series.timeframe):\(series.symbol.exchangeName)/hist", request.query,
                endpoint: Self.candles, what: what)
            let rows = try parse(body, what)
            if let objection = request.objection(to: rows, timeframe: series.timeframe) {
                throw BitfinexFault.unproven(what: what, reason: objection)
            }
            return rows
        }
    }

    /// The oldest candle that the exchange has, or nil where it has none.
    package func firstCandle(of series: Series) async throws -> Candle? {
        try await single(series, "first candle", "sort=1&limit=1") { _ in nil }
    }

    /// The newest candle that opened at or before `time`, of a series that has one.
    package func newestCandle(of series: Series, atOrBefore time: UnixMilliseconds) async throws -> Candle {
        let what = "newest candle up to \(time.iso8601)"
        let candle = try await single(series, what, "end=\(time)&limit=1&sort=-1") { candle in
            guard let candle else { return "it is empty, although the series began before" }
            return candle.openTime > time ? "it opened later" : nil
        }
        guard let candle else { throw BitfinexFault.unproven(what: "\(series) \(what)", reason: "it is empty") }
        return candle
    }

    private func single(
        _ series: Series, _ what: String, _ query: String, objection: (Candle?) -> String?
    ) async throws -> Candle? {
        let what = "\(series) \(what)"
        return try await retrying { () throws in
            let body = try await call(
                "candles/trade:\(series.timeframe):\(series.symbol.exchangeName)/hist", query, endpoint: Self.candles,
                what: what)
            let rows = try parse(body, what)
            guard rows.count <= 1, rows.allSatisfy({ $0.openTime % series.timeframe.milliseconds == 0 }) else {
                throw BitfinexFault.unproven(what: what, reason: "one candle on a boundary was asked for")
            }
            if let objection = objection(rows.first) { throw BitfinexFault.unproven(what: what, reason: objection) }
            return rows.first
        }
    }

    /// Every pair and perpetual that the exchange lists now, sorted.
    package func symbols() async throws -> [Symbol] {
        let what = "the list of symbols"
        return try await retrying { () throws in
            let body = try await call(
                "conf/pub:list:pair:exchange,pub:list:pair:futures", "", endpoint: "conf", what: what)
            do {
                let lists = try JSONDecoder().decode([[String]].self, from: Data(body))
                // A name of a kind that we do not know (an index, a test pair) is not for us.
                return Set(lists.joined().compactMap { try? Symbol($0) }).sorted()
            } catch {
                throw BitfinexFault.malformed(what: what, reason: "it is no list of lists of names")
            }
        }
    }

    /// Every trading pair and perpetual at a glance; one request, which has a budget of its own.
    package func tickers() async throws -> [Ticker] {
        let what = "the tickers"
        return try await retrying { () throws in
            let body = try await call("tickers", "symbols=ALL", endpoint: "tickers", what: what)
            guard let rows = try? JSONDecoder().decode([TickerRow].self, from: Data(body)) else {
                throw BitfinexFault.malformed(what: what, reason: "it is no list of tickers")
            }
            let tickers = rows.compactMap(\.ticker)
            if tickers.isEmpty { throw BitfinexFault.malformed(what: what, reason: "it has no ticker of a pair") }
            return tickers
        }
    }

    private func parse(_ body: [UInt8], _ what: String) throws -> [Candle] {
        do {
            return try CandlePageParser.candles(in: body)
        } catch {
            throw BitfinexFault.malformed(what: what, reason: "\(error.reason) at byte \(error.offset)")
        }
    }

    private func retrying<T: Sendable>(_ operation: () async throws -> T) async throws -> T {
        try await retry.run(
            clock: clock, onRetry: { attempt, fault, wait in emit(.retrying(fault, attempt: attempt, after: wait)) },
            operation: { _ in try await operation() })
    }

    /// One request, in its slot of the budget and with the breaker's permission.
    private func call(_ path: String, _ query: String, endpoint: String, what: String) async throws -> [UInt8] {
        guard let url = URL(string: "\(base.absoluteString)/v2/\(path)\(query.isEmpty ? "" : "?" + query)") else {
            throw BitfinexFault.refused(what: what, reason: "no URL can be built")
        }
        let slot = try await slot(for: endpoint)
        let permit: BreakerPermit
        do {
            permit = try await breaker.admit()
        } catch {
            try await budget.finish(slot, .unsent)
            throw error
        }
        sent.withLockedValue { $0 += 1 }
        emit(.requestSent)
        let result: Result<[UInt8], any Error>
        do {
            let sentAt = now()
            let reply = try await transport.send(HTTPCall(url: url, headers: ["User-Agent": "cryptotrader"]))
            if let lead = ExchangeClock.lead(of: sentAt, in: reply), lead > ExchangeClock.tolerance {
                throw BitfinexFault.hostClockAhead(seconds: lead.components.seconds)
            }
            result = .success(try BitfinexReply.body(of: reply, to: what))
        } catch {
            result = .failure(error)
        }
        return try await settle(result, slot, permit)
    }

    private func slot(for endpoint: String) async throws -> RequestPermit {
        let (permit, servedAt) = turn.withLockedValue { turn in
            (endpoint == Self.candles ? turn.permit.take() : nil, turn.servedAt)
        }
        if let permit {
            if now() - permit.startedAt < Self.turnAge { return permit }
            try await budget.finish(permit, .unsent)
        }
        return try await budget.acquire(
            endpoint: endpoint, priority: priority, servedAt: servedAt, patience: patience
        ) { wait in emit(.waiting(wait)) }
    }

    /// Tells budget and breaker how the call ended, also where the task was cancelled meanwhile.
    private func settle(
        _ result: Result<[UInt8], any Error>, _ slot: RequestPermit, _ permit: BreakerPermit
    ) async throws -> [UInt8] {
        switch result {
        case .success(let body):
            try await budget.finish(slot, .answered)
            try await breaker.record(permit, succeeded: true)
            return body
        case .failure(let error):
            if error is CancellationError {
                try await budget.finish(slot, .failed)
                try await breaker.cancel(permit)
            } else if case .rateLimited(_, let wait)? = error as? BitfinexFault {
                try await budget.finish(slot, .rateLimited(retryAfter: wait))
                try await breaker.record(permit, succeeded: true)
            } else {
                try await budget.finish(slot, .failed)
                try await breaker.record(permit, succeeded: Self.exchangeIsWell(after: error))
            }
            throw error
        }
    }

    /// A request that the exchange calls wrong, or a wrong clock here, says nothing against the exchange.
    private static func exchangeIsWell(after error: any Error) -> Bool {
        switch error as? BitfinexFault {
        case .refused, .hostClockAhead: true
        default: false
        }
    }
}

extension PageRequest {
    fileprivate var query: String {
        "start=\(start)&end=\(last)&limit=\(limit)&sort=\(order == .oldestFirst ? 1 : -1)"
    }
}
