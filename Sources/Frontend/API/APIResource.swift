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
