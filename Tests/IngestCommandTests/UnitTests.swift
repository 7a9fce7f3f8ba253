import TestSupport
import Testing

extension IngestCommandSuite {
    /// What a systemd unit sees of a run.
    @Suite("As a unit", .timeLimit(.minutes(2))) struct UnitTests {
        @Test func `a run under the journal says one line`() async throws {
            try await Exchange.run(Markets.threePages) { exchange in
                var place = try Workplace(exchange: exchange.url)
                let shell = try await place.backfill("BTCUSD-1m", "--end", "2024-01-02").run()
                #expect(shell.err.split(separator: "\n").count == 2, "\(shell.err)")
                place.environment["JOURNAL_STREAM"] = "8:12345"
                let unit = try await place.backfill("ETHUSD-1m", "--end", "2024-01-02").run()
                #expect(unit.status == 0)
                #expect(unit.err.split(separator: "\n").count == 1, "\(unit.err)")
                #expect(unit.err.contains("ETHUSD-1m complete"), "\(unit.err)")
            }
        }
    }
}
