package import HTTPServer
package import Hummingbird
package import NIOHTTP1

/// The documents of `/api/v1`, which the page and other programs of the LAN read.
package struct APIAnswers: ReadyAnswers {
    private let source: any DashboardSource
    /// The number of the newest live event.
    private let sequence: @Sendable () -> Int

    package init(source: any DashboardSource, sequence: @escaping @Sendable () -> Int) {
        self.source = source
        self.sequence = sequence
    }

    /// What is in the cache and still true.
    package func answer(to head: HTTPRequestHead) -> ReadyAnswer? { nil }

    /// Adds its routes, `/api/v1/events` excepted.
    package func addRoutes(to router: Router<BasicRequestContext>) {}
}
