package import Candles
package import Hummingbird
package import Logging
import NIOConcurrencyHelpers
import NIOCore
import Resilience
import ServiceLifecycle
import Storage

/// Tells browsers what changes, by server-sent events.
package struct LiveEvents: Service {
    let source: any DashboardSource
    let streams: EventStreams
    let pace: LivePace
    let clock: any Clock<Duration>
    let now: @Sendable () -> UnixMilliseconds
    let logger: Logger
    private let numberedFrom: Int
    /// Rounds of the loop that watches the market.
    let rounds = NIOLockedValueBox(0)

    /// `boot` tells this run of the program from others; it has no dash.
    ///
    /// Events are numbered from `newest` on, which is greater than the numbers of earlier runs.
    package init(
        source: any DashboardSource, boot: String, newest: Int = 0, limit: Int = 512, pace: LivePace = .init(),
        clock: any Clock<Duration>, now: @escaping @Sendable () -> UnixMilliseconds, logger: Logger
    ) {
        self.source = source
        self.pace = pace
        self.clock = clock
        self.now = now
        self.logger = logger
        numberedFrom = newest
        streams = EventStreams(ring: EventRing(boot: boot, newest: newest), limit: limit)
    }

    /// How many events were told.
    var told: Int { sequence - numberedFrom }

    /// The number of the newest event.
    package var sequence: Int { streams.newest }

    /// What tells this run of the program from others.
    package var boot: String { streams.boot }

    /// Grows as long as changes are looked for, whether there are any or not.
    package var turns: Int { rounds.withLockedValue { $0 } }

    /// How many browsers listen, and how many may.
    package var openStreams: Int { streams.count }
    package var streamLimit: Int { streams.limit }

    /// Looks for changes until graceful shutdown, which ends all streams.
    package func run() async throws {
        defer { streams.close() }
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await watchMarket() }
                    group.addTask { try await watchOperations() }
                    group.addTask { try await beat() }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        } catch is CancellationError {}
    }

    /// Adds `/api/v1/events`.
    package func addRoute(to router: Router<BasicRequestContext>) {
        router.get("/api/v1/events") { request, _ in answer(to: request) }
    }

    private func answer(to request: Request) -> Response {
        var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"]
        // Else a proxy such as nginx keeps events back until it has a full buffer of them.
        if let buffering = HTTPFields.Element.Name("X-Accel-Buffering") { headers[buffering] = "no" }
        if request.method == .head { return Response(status: .ok, headers: headers) }
        guard let opening = streams.open(after: Self.lastEventID(of: request)) else { return tooMany }
        let body = EventBody(opening: opening, hello: hello(opening)) { position in
            EventFrame("resync", ResyncEvent(reason: .slow)).bytes(id: streams.id(position))
        }
        return Response(
            status: .ok, headers: headers,
            body: .init { writer in
                var parts = writer
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await body.write(to: &parts)
                } onInboundClosed: {
                    opening.end()
                }
            })
    }

    private static func lastEventID(of request: Request) -> String? {
        request.headers.first { $0.name.canonicalName == "last-event-id" }?.value
    }

    private var tooMany: Response {
        let problem = APIProblem(
            .tooManyStreams, "\(streams.limit) browsers listen already", hint: "close some, or ask again in a while")
        return Response(problem, request: String(UInt64.random(in: 0...UInt64.max), radix: 16))
    }

    /// The first lines of a stream.
    ///
    /// Their number is where the stream goes on, so that one that is cut amid a replay resumes there.
    private func hello(_ opening: EventStreams.Opening) -> ByteBuffer {
        let document = HelloEvent(
            serverTimeMs: now(), boot: streams.boot, seq: opening.newest, heartbeatMs: pace.heartbeat.milliseconds,
            database: source.condition)
        var bytes = EventFrame("hello", document).bytes(id: streams.id(opening.position), retry: 3000)
        if let reason = opening.resync {
            bytes.writeImmutableBuffer(EventFrame("resync", ResyncEvent(reason: reason)).bytes())
        }
        return bytes
    }

    private func beat() async throws {
        while true {
            try await clock.sleep(for: pace.heartbeat)
            let time = now()
            streams.tell { EventFrame("hb", HeartbeatEvent(serverTimeMs: time, seq: $0)) }
        }
    }
}

/// The loops that notice what changes.
extension LiveEvents {
    func watchMarket() async throws {
        var rules = MarketPace(pace)
        var watch = MarketWatch(spacing: pace.changed)
        var condition = source.condition
        var isBlind = false
        while true {
            let isWatched = openStreams > 0
            let step = rules.step(isWatched: isWatched)
            try await clock.sleep(for: step)
            rounds.withLockedValue { $0 += 1 }
            tell(of: &condition)
            let version = source.version
            switch rules.next(version: version, isWatched: isWatched, elapsed: step) {
            case .nothing: break
            case .judge: watch.judge(now: now()).forEach(streams.publish)
            case .look:
                let reading = try await read(since: watch.reading, &isBlind)
                if reading != nil {
                    rules.looked(at: version)
                    // Who came before the first look may have asked for what has changed since.
                    if watch.reading == nil, openStreams > 0 {
                        streams.publish(EventFrame("resync", ResyncEvent(reason: .restart)))
                    }
                }
                // What cannot be looked at grows old all the same.
                let events = reading.map { watch.take($0, now: now()) } ?? watch.judge(now: now())
                events.forEach(streams.publish)
            }
            if let changed = watch.pass(step) { streams.publish(changed) }
        }
    }

    private func tell(of known: inout DatabaseCondition) {
        let condition = source.condition
        if condition == known { return }
        known = condition
        streams.publish(EventFrame("database", condition))
    }

    /// Nil where the database cannot be read now; `isBlind` says whether it could not the last time, so that the log has it once.
    private func read(since old: MarketReading?, _ isBlind: inout Bool) async throws -> MarketReading? {
        do {
            let reading = try await source.read { [now] reader in
                try await MarketReading.read(by: reader, since: old, now: now())
            }
            if isBlind { logger.notice("the market can be looked at again") }
            isBlind = false
            return reading
        } catch let error where !(error is CancellationError) {
            let level: Logger.Level = isBlind ? .debug : .warning
            logger.log(level: level, "the market cannot be looked at", metadata: ["fault": "\(error)"])
            isBlind = true
            return nil
        }
    }

    func watchOperations() async throws {
        var known: [HostOperations]?
        var sinceLook = pace.idle
        while true {
            if sinceLook >= (openStreams > 0 ? pace.operations : pace.idle) {
                sinceLook = .zero
                if let operations = try await operations() {
                    let topics = known.map { OperationsChange.topics(from: $0, to: operations) } ?? []
                    if !topics.isEmpty {
                        streams.publish(EventFrame("changed", ChangedEvent(topics: topics, series: [])))
                    }
                    known = operations
                }
            }
            let step = min(pace.operations, pace.idle)
            try await clock.sleep(for: step)
            sinceLook += step
        }
    }

    /// Nil where they cannot be read now.
    private func operations() async throws -> [HostOperations]? {
        do {
            return try await source.operations()
        } catch let error where !(error is CancellationError) {
            logger.debug("no look at the hosts", metadata: ["fault": "\(error)"])
            return nil
        }
    }
}
