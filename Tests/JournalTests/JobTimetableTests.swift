import Candles
import Journal
import TestSupport
import Testing

@Suite struct JobTimetableTests {
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private static func starts(_ distances: [Int64]) -> [UnixMilliseconds] {
        distances.reduce(into: [1_700_000_000_000]) { $0.append(($0.last ?? 0) + $1) }
    }

    private static let tables: [([Int64], Int64?)] = [
        ([], nil),
        ([minute, minute, minute], nil),
        ([minute, minute, minute, minute], minute),
        // Runs that wait for their turn.
        ([40_000, 80_000, 59_000, 61_000, 62_000, 58_000], minute),
        // One that was left out while the machine was off.
        ([minute, minute, 8 * hour, minute, minute], minute),
        ([6 * hour, 6 * hour + 50_000, 6 * hour - 59_000, 6 * hour], 6 * hour),
        ([day, day + 290_000, day - 290_000, day], day),
        ([7 * day, 7 * day, 7 * day, 7 * day], 7 * day),
        ([15 * minute, 15 * minute + 4000, 15 * minute, 15 * minute], 15 * minute),
        // A person who tries again, and one who works through a problem.
        ([5000, 5000, 5000, 5000], nil),
        ([20 * minute, 3 * minute, 50 * minute, 12 * minute, 31 * minute], nil),
        ([50 * minute, 62 * minute, 55 * minute, 70 * minute, 41 * minute], nil),
        // A nightly timer on a machine that sleeps now and then.
        ([day, 3 * day, day, 2 * day], nil),
        ([0, 0, 0, 0, 0], nil),
    ]

    @Test(arguments: tables) func `distances tell an interval, or none`(_ distances: [Int64], _ interval: Int64?) {
        #expect(JobTimetable.interval(starts: Self.starts(distances)) == interval)
        #expect(JobTimetable.interval(starts: Self.starts(distances).reversed()) == interval)
    }
}
