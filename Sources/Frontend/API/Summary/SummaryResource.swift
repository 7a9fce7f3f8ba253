import Storage

extension APIResource {
    /// Answers whatever is away: `database` says so.
    static let summary = APIResource("summary", "All at a glance.", [], SummaryAnswer.schema) { _, reading in
        var database = reading.source.condition
        var glances: [SeriesGlance] = []
        if database.state != .unavailable {
            do {
                glances = try await reading.catalogue().glances
            } catch let error where !(error is CancellationError) {
                database = APIProblem.condition(of: error, reading.source.condition)
            }
        }
        var operations: [HostOperations] = []
        do {
            operations = try await reading.source.operations()
        } catch let error where !(error is CancellationError) {
            // Hosts speak through the database; of its being away, `database` tells.
        }
        let answer = SummaryAnswer(
            reading.identity, database: database, glances: glances, operations: operations, streams: reading.streams,
            now: reading.now)
        return APIDocument(data: APIJSON.bytes(answer), lifetime: .second)
    }
}
