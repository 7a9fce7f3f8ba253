import Logging
import Resilience

/// Hands what one logger says to `write`, with its fields and its error in words.
struct ServiceLogHandler: LogHandler {
    let write: @Sendable (Logger.Level, _ message: String, Logger.Metadata) -> Void
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey name: String) -> Logger.MetadataValue? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { own, _ in own } }
        if let given = event.metadata { fields.merge(given) { _, given in given } }
        if let error = event.error, fields["error"] == nil { fields["error"] = .string(Self.words(error)) }
        write(event.level, event.message.description, fields)
    }

    private static func words(_ error: any Error) -> String {
        guard let fault = error as? any Fault else { return "\(error)" }
        return "\(fault.summary) [\(fault.code)]"
    }
}
