package import Logging
import NIOConcurrencyHelpers
package import Storage

/// Says once of each series that cannot be read that it is left out, and what to do.
package struct UnreadableSeriesNotice: Sendable {
    private let logger: Logger
    private let said = NIOLockedValueBox<Set<UnreadableSeries>>([])

    package init(logger: Logger) { self.logger = logger }

    package func tell(of series: UnreadableSeries) {
        guard said.withLockedValue({ $0.insert(series).inserted }) else { return }
        logger.warning(
            """
            a series cannot be read and is left out; install the version that wrote it here, too, or remove it: \
            DELETE FROM candle WHERE series_id = \(series.id); DELETE FROM series WHERE id = \(series.id)
            """,
            metadata: [
                "symbol": "'\(series.symbol)'", "timeframe": "'\(series.timeframe)'",
                "reason": "\(series.reason)",
            ])
    }
}
