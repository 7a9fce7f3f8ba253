import Candles

extension UnixMilliseconds {
    /// The nearest time of the years 1 to 9999: all that Postgres, SQLite and the calendar can count with.
    var clampedToPostgres: UnixMilliseconds { Swift.min(Swift.max(self, -62_135_596_800_000), 253_402_300_799_999) }

    /// What is before this time and not longer ago than `age`.
    func stretch(reachingBack age: Duration) -> TimeRange {
        let end = clampedToPostgres
        let length = Int64(Swift.min(Swift.max(age / .milliseconds(1), 0), 400_000_000_000_000))
        return TimeRange((end - length).clampedToPostgres, end)
    }
}

extension TimeRange {
    var clampedToPostgres: TimeRange { TimeRange(start.clampedToPostgres, end.clampedToPostgres) }
}
