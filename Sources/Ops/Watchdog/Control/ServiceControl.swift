package import Host

/// Whether a service runs.
package enum ServiceStatus: Sendable, Equatable {
    /// `main`: its main process, where one is known.
    case running(main: ProcessIdentity?)
    /// On its way to another state, such as `activating`.
    case changing(String)
    case stopped(String)
    /// Nobody can say: its systemd cannot be reached, or a file cannot be read.
    case unknown(String)
}

/// Asks after a service, stops it, kills it and starts it.
package protocol ServiceControl: Sendable {
    /// Throws nothing but `CancellationError`.
    func status() async throws -> ServiceStatus
    /// How often it was started anew by whoever runs it; nil where nobody counts. Throws nothing but `CancellationError`.
    func automaticRestarts() async throws -> Int?
    /// Asks it to end, and does not wait for that. Throws nothing but `CancellationError`.
    func stop() async throws
    /// Ends at once what is left of it. Throws nothing but `CancellationError`.
    func forceKill() async throws
    /// Starts it, and does not wait until it is up.
    ///
    /// - Returns: Why that was refused; nil where it was not.
    func start() async throws -> String?
}

extension ServiceControl {
    package func automaticRestarts() async throws -> Int? { nil }
}
