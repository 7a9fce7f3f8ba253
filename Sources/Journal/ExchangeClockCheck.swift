package import Candles
package import Host
import Resilience

/// Compares the clock with that of the exchange, as its last replies told.
package struct ExchangeClockCheck: Check {
    private let exchange: String
    private let open: @Sendable () throws -> Journal
    private let now: @Sendable () -> UnixMilliseconds

    package init(
        exchange: String, open: @escaping @Sendable () throws -> Journal,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        self.exchange = exchange
        self.open = open
        self.now = now
    }

    package func findings() async -> [Diagnosis] { [await comparison()].compactMap(\.self) }

    /// Beyond this an ingest job says so, or ends.
    private static let tolerance: Int64 = 30_000
    /// What was compared longer ago tells nothing of today's clock.
    private static let memory: Int64 = 86_400_000

    /// Nil where nothing was compared lately.
    private func comparison() async -> Diagnosis? {
        guard let found = try? await open().clock(of: exchange),
            abs(now().minus(found.at)) < Self.memory
        else { return nil }
        let when = "the last time that both were compared, \(found.at.iso8601)"
        if abs(found.ahead) <= Self.tolerance {
            return .fine("clock", "it was as \(exchange)'s \(when)")
        }
        let seconds = "\(abs(found.ahead) / 1000) s \(found.ahead > 0 ? "ahead of" : "behind") \(exchange)'s"
        let remedy = "let a time service set it (sudo timedatectl set-ntp true); the next read of candles compares them"
        return found.ahead > 0
            ? .broken("clock", "it was \(seconds) \(when): no candle is fetched so", do: remedy)
            : .warning("clock", "it was \(seconds) \(when): candles come that much later", do: remedy)
    }
}
