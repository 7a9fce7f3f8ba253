import Logging
package import ServiceLifecycle

/// A service that listens, while a test talks to it.
package struct RunningService: Sendable {
    /// Of the system's choice.
    package let port: Int
    /// Begins a graceful shutdown, and returns once it has ended.
    package let stop: @Sendable () async -> Void

    /// Runs what `make` gives while `body` runs; `make` gets what the service is to call with its port.
    package static func with<T: Sendable>(
        _ make: (_ onListening: @escaping @Sendable (Int) async -> Void) -> any Service,
        _ body: (RunningService) async throws -> T
    ) async throws -> T {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let service = make { listening.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    listening.finish()
                    ended.finish()
                }
                do { try await group.run() } catch is CancellationError { return }
            }
            defer { tasks.cancelAll() }
            for await port in ports {
                return try await body(
                    RunningService(port: port) {
                        await group.triggerGracefulShutdown()
                        for await _ in ends {}
                    })
            }
            try await tasks.waitForAll()
            throw CancellationError()
        }
    }
}
