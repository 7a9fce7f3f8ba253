import Frontend
import Logging
import NIOConcurrencyHelpers
import Storage
import Testing

@Suite struct UnreadableSeriesNoticeTests {
    private struct Lines: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey name: String) -> Logger.MetadataValue? {
            get { metadata[name] }
            set { metadata[name] = newValue }
        }

        func log(event: LogEvent) {
            lines.withLockedValue { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }

    @Test func `each series is told of once, with its text and what to do`() throws {
        let lines = NIOLockedValueBox<[String]>([])
        let notice = UnreadableSeriesNotice(logger: Logger(label: "test") { _ in Lines(lines: lines) })
        let rows = [
            UnreadableSeries(id: 7, symbol: "BTC/USD", timeframe: "1m", reason: "no symbol"),
            UnreadableSeries(
                id: 8, symbol: "ETHUSD", timeframe: "2m", reason: "no timeframe"),
        ]
        for _ in 0..<3 { rows.forEach(notice.tell(of:)) }
        let said = lines.withLockedValue(\.self)
        try #require(said.count == 2)
        #expect(said[0].hasPrefix("warning ") && said[0].contains("'BTC/USD'") && said[0].contains("'1m'"))
        #expect(said[0].contains("DELETE FROM series WHERE id = 7"))
        #expect(said[1].contains("no timeframe") && said[1].contains("series_id = 8"))
    }
}
