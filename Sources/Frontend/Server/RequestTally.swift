import HTTPServer
import Hummingbird
import NIOConcurrencyHelpers
import NIOHTTP1

/// How many requests were answered, and how.
final class RequestTally: Sendable {
    /// What was asked for.
    enum Part: String, Sendable, CaseIterable {
        case page, api, events, own

        init(path: some StringProtocol) {
            if path.hasPrefix("/api/v1/events") {
                self = .events
            } else if path.hasPrefix("/api/") {
                self = .api
            } else {
                self = path.hasPrefix("/health") || path.hasPrefix("/metrics") ? .own : .page
            }
        }
    }

    struct Kind: Hashable, Sendable {
        let part: Part
        /// 2 for 200 to 299.
        let hundreds: Int
    }

    private let counts = NIOLockedValueBox<[Kind: Int]>([:])

    func count(_ path: some StringProtocol, status: Int) {
        let kind = Kind(part: Part(path: path), hundreds: status / 100)
        counts.withLockedValue { $0[kind, default: 0] += 1 }
    }

    /// By part and class of status; a part without requests has its 0 of 2xx, so that rates begin there.
    var samples: [MetricsText.Sample] {
        let counts = counts.withLockedValue { $0 }
        return Part.allCases.flatMap { part in
            (1...5).compactMap { hundreds in
                let count = counts[Kind(part: part, hundreds: hundreds)] ?? (hundreds == 2 ? 0 : nil)
                return count.map { ([("part", part.rawValue), ("status", "\(hundreds)xx")], Double($0)) }
            }
        }
    }
}

/// Counts what routes answer.
struct TallyMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    let tally: RequestTally

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            tally.count(request.uri.path, status: response.status.code)
            return response
        } catch {
            tally.count(request.uri.path, status: (error as? any HTTPResponseError)?.status.code ?? 500)
            throw error
        }
    }
}

/// The first answer that one of several has, counted.
struct TalliedAnswers: ReadyAnswers {
    let parts: [any ReadyAnswers]
    let tally: RequestTally

    func answer(to head: HTTPRequestHead) -> ReadyAnswer? {
        for part in parts {
            guard let answer = part.answer(to: head) else { continue }
            tally.count(head.uri, status: Int(answer.status.code))
            return answer
        }
        return nil
    }
}

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
