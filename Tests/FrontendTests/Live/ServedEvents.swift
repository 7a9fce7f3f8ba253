import Candles
import Frontend
import HTTPServer
import Logging
import TestSupport

/// The dashboard on a port of the system's choice, over what a test says that the database holds.
struct ServedEvents: Sendable {
    let port: Int
    let live: LiveEvents
    let stop: @Sendable () async -> Void

    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Fast enough that no test waits for it.
    static var pace: LivePace {
        var pace = LivePace()
        pace.tick = .milliseconds(20)
        pace.step = .milliseconds(5)
        pace.changed = .milliseconds(20)
        pace.operations = .milliseconds(20)
        return pace
    }

    static func with<T: Sendable>(
        _ source: any DashboardSource, newest: Int = 0, limit: Int = 512, pace: LivePace = ServedEvents.pace,
        limits: HTTPServerLimits = .init(),
        now: @escaping @Sendable () -> UnixMilliseconds = { Glances.start + 11 * Glances.minute },
        _ body: (ServedEvents) async throws -> T
    ) async throws -> T {
        let live = LiveEvents(
            source: source, boot: "b0", newest: newest, limit: limit, pace: pace, clock: ContinuousClock(), now: now,
            logger: quiet)
        let identity = ServerIdentity(version: "1.2.3", host: "nas1", environment: "test", started: now(), boot: "b0")
        let api = APIAnswers(source: source, identity: identity, now: now, sequence: { live.sequence }) {
            StreamCount(open: live.openStreams, limit: live.streamLimit)
        }
        return try await RunningService.with {
            FrontendService(
                at: .anyOfLoopback, identity: identity, source: source, live: live, api: api, feeders: [],
                limits: limits,
                clock: ContinuousClock(), logger: quiet, onListening: $0)
        } _: { running in
            try await body(ServedEvents(port: running.port, live: live, stop: running.stop))
        }
    }
}

extension ServedEvents {
    func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
