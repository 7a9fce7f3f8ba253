package import Hummingbird
import ServiceLifecycle

/// Tells browsers what changes, by server-sent events.
package struct LiveEvents: Service {
    private let source: any DashboardSource

    package init(source: any DashboardSource) { self.source = source }

    /// The number of the newest event.
    package var sequence: Int { 0 }

    /// Looks for changes until graceful shutdown.
    package func run() async throws {}

    /// Adds `/api/v1/events`.
    package func addRoute(to router: Router<BasicRequestContext>) {}
}
