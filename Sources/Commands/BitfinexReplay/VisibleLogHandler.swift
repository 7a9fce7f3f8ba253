import Candles
import Logging

/// Hands on what is logged with nothing in it that could steer a terminal or forge a line: requests are of others.
struct VisibleLogHandler: LogHandler {
    private var inner: any LogHandler

    init(_ inner: any LogHandler) { self.inner = inner }

    var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue.mapValues(Self.visible) }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { inner.metadataProvider }
        set { inner.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue.map(Self.visible) }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(event.message.description.visible)"
        event.metadata = event.metadata?.mapValues(Self.visible)
        if let error = event.error {
            event.metadata = (event.metadata ?? [:]).merging(["error": Self.visible("\(error)")]) { given, _ in given }
            event.error = nil
        }
        inner.log(event: event)
    }

    private static func visible(_ value: Logger.MetadataValue) -> Logger.MetadataValue { "\("\(value)".visible)" }
}
