package import Candles

/// What the starts of a job tell of the timer that starts it.
package enum JobTimetable {
    private static let fewestStarts = 5
    /// A person who tries again and again is quicker.
    private static let shortest: Int64 = 45_000
    /// Runs wait for their turn, so that their starts are apart by more or less than the timer's interval.
    private static let slack: Int64 = 30_000
    /// Of timers as they are written: a minute, an hour, six hours, a day, a week.
    private static let usual: [Int64] = [60_000, 3_600_000, 6 * 3_600_000, 86_400_000, 7 * 86_400_000]

    /// Milliseconds between two starts; nil where there are too few, or where they tell of no timer.
    ///
    /// All but a quarter of the distances must be within a tenth of their median.
    package static func interval(starts: [UnixMilliseconds]) -> Int64? {
        guard starts.count >= fewestStarts else { return nil }
        let starts = starts.sorted()
        let distances = zip(starts, starts.dropFirst()).map { $1 - $0 }.sorted()
        let median = distances[distances.count / 2]
        guard median >= shortest else { return nil }
        let tolerance = max(median / 10, slack)
        let irregular = distances.count { abs($0 - median) > tolerance }
        guard irregular * 4 <= distances.count else { return nil }
        return usual.first { abs($0 - median) <= $0 / 10 } ?? (median + 30_000) / 60_000 * 60_000
    }
}
