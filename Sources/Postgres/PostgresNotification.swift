/// What a `NOTIFY` of another session, or of this one, said.
package struct PostgresNotification: Sendable, Equatable {
    package let channel: String
    /// Empty where nothing was said beside the channel.
    package let payload: String
}
