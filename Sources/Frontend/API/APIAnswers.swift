package import Candles
package import HTTPServer
package import Hummingbird
import Logging
package import NIOHTTP1
import Storage

/// The documents of `/api/v1`, which the page and other programs of the LAN read.
package struct APIAnswers: ReadyAnswers {
    private let source: any DashboardSource
    private let identity: ServerIdentity
    private let sequence: @Sendable () -> Int
    private let streams: @Sendable () -> StreamCount
    private let cache: AnswerCache
    private let memo = CatalogueMemo()
    /// Two of these take 100 MB, and leave connections to the database for everything else.
    let longPages = ConcurrencyLimit(atOnce: 2, room: 64)

    /// `sequence` is the number of the newest live event, and `streams` counts who listens to them.
    package init(
        source: any DashboardSource, identity: ServerIdentity, now: @escaping @Sendable () -> UnixMilliseconds,
        sequence: @escaping @Sendable () -> Int, streams: @escaping @Sendable () -> StreamCount
    ) {
        self.source = source
        self.identity = identity
        self.sequence = sequence
        self.streams = streams
        cache = AnswerCache(version: { source.version }, now: now)
    }

    /// What is in the cache and still true.
    package func answer(to head: HTTPRequestHead) -> ReadyAnswer? {
        guard head.method == .GET || head.method == .HEAD, head.uri.hasPrefix(APIResource.root) else { return nil }
        if let kept = cache.kept(head.uri) { return kept.answer(to: head.headers) }
        guard let target = Self.target(head.uri), target != head.uri else { return nil }
        return cache.kept(target)?.answer(to: head.headers)
    }

    /// Adds its routes, `/api/v1/events` excepted.
    package func addRoutes(to router: Router<BasicRequestContext>) {
        for resource in APIResource.all {
            router.get(RouterPath(resource.path)) { request, context in
                try await respond(request, context) { try await answer(of: resource, request) }
            }
        }
        for path in [APIResource.root, APIResource.root + "/**"] {
            router.get(RouterPath(path)) { request, context in
                try await respond(request, context) { throw Self.unknown(request.uri.path) }
            }
        }
    }

    /// The spelling under which the answer to a target is kept; nil where it has none.
    private static func target(_ uri: String) -> String? {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let resource = APIResource.all.first(where: { $0.path == parts[0] }) else { return nil }
        return try? APIQuery(parts.count == 2 ? parts[1] : "", of: resource.path, taking: resource.parameters).target
    }

    private static func unknown(_ path: String) -> APIProblem {
        let name = String(path.dropFirst(APIResource.root.count + 1))
        let names = APIResource.all.map(\.name)
        let nearest = Spelling.nearest(to: String(name.prefix(40)), in: names)
        return APIProblem(
            .notFound, "there is no such document",
            hint: nearest.map { "did you mean \(APIResource.root)/\($0)?" }
                ?? "there are \(names.joined(separator: ", "))")
    }

    private func answer(of resource: APIResource, _ request: Request) async throws -> ReadyAnswer {
        let query = try APIQuery(
            (request.uri.query ?? "")[...], of: resource.path, taking: resource.parameters)
        let headers = HTTPHeaders(
            request.headers[values: .acceptEncoding].map { ("accept-encoding", $0) }
                + request.headers[values: .ifNoneMatch].map { ("if-none-match", $0) })
        let kept = try await cache.answer(to: query.target, isZipped: AcceptedEncoding(headers) == .gzip) { now in
            // Before the reading: what changes meanwhile has a later number.
            let sequence = sequence()
            let reading = APIReading(
                source: source, identity: identity, streams: streams(), now: now, sequence: sequence, memo: memo,
                longPages: longPages)
            return CachedAnswer(try await resource.make(query, reading), asOf: now, sequence: sequence)
        }
        return kept.answer(to: headers) ?? kept.plain
    }

    private func respond(
        _ request: Request, _ context: BasicRequestContext, _ answer: () async throws -> ReadyAnswer
    ) async throws -> Response {
        do {
            return Response(try await answer())
        } catch {
            guard let problem = APIProblem(error, condition: source.condition) else { throw error }
            let id = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            if problem.kind == .internalError || (problem.kind == .databaseAway && !(error is DatabaseUnavailable)) {
                context.logger.error(
                    "an answer could not be made",
                    metadata: ["path": "\(request.uri.path)", "request": "\(id)", "fault": "\(error)"])
            }
            return Response(problem, request: id)
        }
    }
}

/// A document of the API.
struct APIResource: Sendable {
    let name: String
    let summary: String
    let parameters: [QueryParameter]
    /// Of its data.
    let schema: Schema
    /// Whether what it is asked for can be something that is not there.
    var canBeMissing: Bool { !parameters.isEmpty }
    let make: @Sendable (APIQuery, APIReading) async throws -> APIDocument

    static let root = "/api/v1"
    var path: String { "\(Self.root)/\(name)" }

    init(
        _ name: String, _ summary: String, _ parameters: [QueryParameter] = [], _ schema: Schema,
        make: @escaping @Sendable (APIQuery, APIReading) async throws -> APIDocument
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.schema = schema
        self.make = make
    }

    /// All but the description of them.
    static let documents: [APIResource] = [
        .summary, .symbols, .candles, .coverage, .gaps, .jobs, .breakers, .alerts, .backups, .cloud,
    ]

    static let all: [APIResource] = documents + [.openAPI]
}

/// What documents are made of.
struct APIReading: Sendable {
    let source: any DashboardSource
    let identity: ServerIdentity
    let streams: StreamCount
    let now: UnixMilliseconds
    /// The number of the newest event when the reading began.
    let sequence: Int
    let memo: CatalogueMemo
    /// For pages of which more candles are read than any page shows.
    let longPages: ConcurrencyLimit

    /// What is kept, by name.
    func catalogue() async throws -> Catalogue { try await memo.catalogue(of: source, sequence: sequence, now: now) }

    func read<T: Sendable>(_ body: @Sendable (any CandleReader) async throws -> T) async throws -> T {
        try await source.read(body)
    }
}
