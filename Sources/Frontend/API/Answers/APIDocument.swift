/// The data of an answer, and for how long they are true.
struct APIDocument: Sendable {
    enum Lifetime: Sendable, Equatable {
        /// As long as the server runs.
        case always
        /// Until the database changes; nobody need ask again for a minute.
        case settled
        /// Until the database changes.
        case untilChange
        /// Until the database changes, or a second has passed: it tells of now.
        case second
    }

    /// JSON.
    let data: [UInt8]
    let lifetime: Lifetime
    /// Whether the data stand in an envelope with their time and the number of the newest event.
    var isEnveloped = true
}
