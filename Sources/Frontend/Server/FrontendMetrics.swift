import HTTPServer

/// What `/metrics` tells of the dashboard.
struct FrontendMetrics {
    let version: String
    let environment: String?
    let condition: DatabaseCondition
    let streams: Int
    let streamLimit: Int
    let events: Int
    let requests: [MetricsText.Sample]

    var text: String {
        var metrics = MetricsText()
        metrics.add(
            "frontend_info", "Which program this is, and where it runs; always 1.",
            [([("version", version), ("environment", environment ?? "")], 1)])
        metrics.add(
            "frontend_database_up", "Whether the database can be read.", condition.state == .unavailable ? 0 : 1)
        metrics.add("frontend_streams", "Browsers that are told of changes.", Double(streams))
        metrics.add("frontend_streams_limit", "How many may be.", Double(streamLimit))
        metrics.add(
            "frontend_events_total", "Changes that browsers were told of.", [([], Double(events))], kind: .counter)
        metrics.add("frontend_requests_total", "Requests that were let in, and answered.", requests, kind: .counter)
        return metrics.text
    }
}
