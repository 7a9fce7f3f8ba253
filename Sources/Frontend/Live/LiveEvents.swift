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
