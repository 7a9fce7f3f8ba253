import Candles
import Storage
import TestSupport
import Testing

@testable import Frontend

@Suite struct CoverageTests {
    private func time(_ text: String) throws -> UnixMilliseconds { try UnixMilliseconds(iso8601: text) }

    private func days(_ grid: CoverageGrid) -> [String] { grid.edges.map { String($0.iso8601.prefix(10)) } }

    @Test func `by default 90 cells end with the one of now`() throws {
        let now = try time("2024-03-15T10:00:00Z")
        for (grain, first, last) in [
            (CoverageGrain.day, "2023-12-17", "2024-03-16"), (.week, "2022-06-27", "2024-03-18"),
            (.month, "2016-10-01", "2024-04-01"),
        ] {
            let grid = try CoverageGrid(grain, from: nil, to: nil, now: now)
            #expect(grid.cells.count == 90)
            #expect(days(grid).first == first && days(grid).last == last, "\(grain)")
        }
    }

    @Test func `cells hold what was asked for, in whole days, weeks and months`() throws {
        let from = try time("2023-12-31T23:00:00Z")
        let to = try time("2024-02-01T00:00:01Z")
        let months = try CoverageGrid(.month, from: from, to: to, now: 0)
        #expect(days(months) == ["2023-12-01", "2024-01-01", "2024-02-01", "2024-03-01"])
        let weeks = try CoverageGrid(.week, from: from, to: from + 1, now: 0)
        #expect(days(weeks) == ["2023-12-25", "2024-01-01"])
        let days = try CoverageGrid(.day, from: from, to: try time("2024-01-01"), now: 0)
        #expect(self.days(days) == ["2023-12-31", "2024-01-01"])
    }

    @Test(arguments: [[0, 0], [5, 4], [0, 1001 * 86_400_000]] as [[Int64]])
    func `nothing, or more than 1,000 cells, is refused`(stretch: [Int64]) throws {
        #expect(throws: APIProblem.self) { try CoverageGrid(.day, from: stretch[0], to: stretch[1], now: 0) }
        #expect(try CoverageGrid(.day, from: 0, to: 1000 * 86_400_000, now: 0).cells.count == 1000)
    }

    @Test func `each letter and each count is what counting interval by interval gives`() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var seen: Set<Character> = []
        for _ in 0..<60 {
            let now = UnixMilliseconds.random(in: 0...4_000_000_000_000, using: &random)
            let timeframe = ["1h", "6h", "1D"].randomElement(using: &random) ?? "1h"
            let history = try MemoryHistory.random(
                "BTCUSD-\(timeframe)", from: now - Int64.random(in: 1...50, using: &random) * 86_400_000, now: now,
                using: &random)
            let grain = CoverageGrain.allCases.randomElement(using: &random) ?? .day
            let grid = try CoverageGrid(
                grain, from: now - Int64.random(in: 1...90, using: &random) * 86_400_000, to: nil, now: now)
            let reader = MemoryReader(histories: [history])
            let cells = CoverageCells(
                grid, of: history.stored, coverage: history.coverage.intersection(grid.range),
                provenTo: history.coverage.ranges.last?.end, now: now)
            let codes = cells.codes(presence: try await reader.presence(of: history.stored, in: cells.whole))
            let numbers = cells.numbers(counts: try await reader.counts(of: history.stored, in: cells.proven))
            seen.formUnion(codes)
            for (index, cell) in grid.cells.enumerated() {
                let expected = count(history, cell, now)
                #expect(numbers[index] == expected.numbers, "seed \(seed)")
                #expect(Array(codes)[index] == expected.code, "seed \(seed)")
            }
        }
        #expect(seen == Set("PEUM-"), "seed \(seed)")
    }

    private func count(
        _ history: MemoryHistory, _ cell: TimeRange, _ now: UnixMilliseconds
    ) -> (code: Character, numbers: CoverageRow.Cell) {
        let wanted = history.stored.wanted(at: now, provenTo: nil)
        let traded = Set(history.candles.map(\.candle.openTime))
        var (present, empty, unknown) = (0, 0, 0)
        var open = history.timeframe.ceiling(cell.start)
        while open < cell.end {
            defer { open += history.timeframe.milliseconds }
            guard wanted.contains(open) else { continue }
            if !history.coverage.contains(open) {
                unknown += 1
            } else if traded.contains(open) {
                present += 1
            } else {
                empty += 1
            }
        }
        let code: Character =
            present + empty + unknown == 0
            ? "-" : unknown == 0 ? (present > 0 ? "P" : "E") : present + empty == 0 ? "U" : "M"
        return (code, CoverageRow.Cell(present: present, empty: empty, unknown: unknown))
    }
}
