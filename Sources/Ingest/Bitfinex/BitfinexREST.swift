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
    let budget: SharedBudget<C>
    private let breaker: SharedCircuitBreaker
    private let retry: RetryPolicy
    let clock: C
    private let priority: RequestPriority
    private let patience: Duration
    let outage: Patience
    let now: @Sendable () -> UnixMilliseconds
    let emit: @Sendable (IngestEvent) -> Void
    private let sent = NIOLockedValueBox(0)
    private let turn = NIOLockedValueBox(Turn())
    let hostClock = NIOLockedValueBox(HostClock())

    /// What `takingTurn` holds for its body.
    private struct Turn: Sendable {
        /// A permit that was waited for before it was known what to ask.
        var permit: RequestPermit?
        /// The rank of all requests of the body.
        var servedAt = UnixMilliseconds.max
    }

    /// Makes a client; `patience` is the longest wait for the budget or for the end of a ban, `outage` that for the end of a
    /// maintenance.
    package init(
        base: URL, transport: any HTTPTransport, budget: SharedBudget<C>, breaker: SharedCircuitBreaker,
        retry: RetryPolicy, clock: C, priority: RequestPriority, patience: Duration, outage: Patience,
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
        self.outage = outage
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
            endpoint: Self.candlesEndpoint, priority: priority, servedAt: servedAt, patience: patience
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

    static var candlesEndpoint: String { "candles" }

    /// Every pair and perpetual that the exchange lists now, sorted; never none.
    package func symbols() async throws -> [Symbol] {
        let what = "the list of symbols"
        return try await retrying { () throws in
            let labels = ["pub:list:pair:exchange", "pub:list:pair:futures"]
            let body = try await call(
                "conf/\(labels.joined(separator: ","))", "", endpoint: "conf", what: what
            ).body
            guard let lists = try? JSONDecoder().decode([[String]].self, from: Data(body)) else {
                throw BitfinexFault.malformed(what: what, reason: "it is no list of lists of names")
            }
            guard lists.count == labels.count else {
                throw BitfinexFault.malformed(
                    what: what, reason: "\(labels.count) lists were asked for, and it has \(lists.count)")
            }
            // A name of a kind that we do not know (an index, a test pair) is not for us.
            let symbols = Set(lists.joined().compactMap { try? Symbol($0) })
            // An exchange without pairs is none: such a list says of no pair that it is gone.
            if symbols.isEmpty { throw BitfinexFault.malformed(what: what, reason: "it names no pair") }
            return symbols.sorted()
        }
    }

    /// Every trading pair and perpetual at a glance; one request, which has a budget of its own.
    package func tickers() async throws -> [Ticker] {
        let what = "the tickers"
        return try await retrying { () throws in
            let body = try await call("tickers", "symbols=ALL", endpoint: "tickers", what: what).body
            let tickers = TickerRow.tickers(in: body)
            if tickers.isEmpty { throw BitfinexFault.malformed(what: what, reason: "it has no ticker of a pair") }
            return tickers
        }
    }

    func retrying<T: Sendable>(_ operation: () async throws -> T) async throws -> T {
        try await outlasting {
            try await retry.run(
                clock: clock,
                onRetry: { attempt, fault, wait in emit(.retrying(fault, attempt: attempt, after: wait)) },
                operation: { _ in try await operation() })
        }
    }

    /// One request, in its slot of the budget and with the breaker's permission.
    func call(_ path: String, _ query: String, endpoint: String, what: String) async throws -> GoodReply {
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
        let sentAt = now()
        var madeAt = sentAt
        do {
            let reply = try await transport.send(HTTPCall(url: url, headers: ["User-Agent": "cryptotrader"]))
            await noteClock(reply, sentAt: sentAt)
            try compareClocks(reply, sentAt: sentAt)
            result = .success(try BitfinexReply.body(of: reply, to: what, at: sentAt))
            madeAt = ExchangeClock.made(reply, askedAt: sentAt)
        } catch {
            result = .failure(error)
        }
        return GoodReply(body: try await settle(result, slot, permit), madeAt: madeAt)
    }

    private func slot(for endpoint: String) async throws -> RequestPermit {
        let (permit, servedAt) = turn.withLockedValue { turn in
            (endpoint == Self.candlesEndpoint ? turn.permit.take() : nil, turn.servedAt)
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

    /// A request that the exchange calls wrong, or a wrong clock here, says nothing against the exchange; and what it announces as
    /// maintenance has an end that its status tells, which a breaker would only hide.
    private static func exchangeIsWell(after error: any Error) -> Bool {
        switch error as? BitfinexFault {
        case .refused, .hostClockAhead, .maintenance: true
        default: false
        }
    }
}

/// The body of a reply that is no error, and when it was made at the latest.
struct GoodReply: Sendable {
    let body: [UInt8]
    let madeAt: UnixMilliseconds
}
