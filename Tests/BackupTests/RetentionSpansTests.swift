import Candles
import Testing

@testable import Backup

private typealias Sample = RetentionSample

@Suite("RetentionPolicy: weeks and months") struct RetentionSpansTests {
    /// The days of what is kept by the rules of weeks and months alone, of backups at these times.
    private func firsts(_ times: [String], weekly: Int = 0, monthly: Int = 0) throws -> [String: String] {
        let now = try UnixMilliseconds(iso8601: "2028-01-31T12:00:00Z")
        let recent = [0, 1, 2].map { Sample.backup(at: now - $0 * Sample.hour) }
        // The newest one beyond the window stays in any case.
        let cover = Sample.backup(at: now - 31 * Sample.day)
        let backups = try times.map { Sample.backup(at: try UnixMilliseconds(iso8601: $0)) }
        let plan = RetentionPolicy(days: 30, weekly: weekly, monthly: monthly).plan(
            for: backups + recent + [cover], of: Sample.subject, now: now, forced: true)
        return plan.decisions.reduce(into: [:]) { kept, decision in
            guard decision.verdict == .keep, backups.contains(decision.backup) else { return }
            kept[decision.backup.name.time.iso8601] = decision.reason
        }
    }

    @Test func `a week begins on Monday at 00:00 UTC`() throws {
        let kept = try firsts(
            ["2027-11-14T23:59:59Z", "2027-11-15T00:00:00Z", "2027-11-17T02:00:00Z", "2027-11-21T23:59:59Z"], weekly: 99
        )
        #expect(
            kept == [
                "2027-11-14T23:59:59Z": "the first good one of the week from 2027-11-08",
                "2027-11-15T00:00:00Z": "the first good one of the week from 2027-11-15",
            ])
    }

    @Test func `a week goes on over the end of a year`() throws {
        let kept = try firsts(["2026-12-28T02:00:00Z", "2027-01-01T02:00:00Z", "2027-01-04T02:00:00Z"], weekly: 99)
        #expect(kept.keys.sorted() == ["2026-12-28T02:00:00Z", "2027-01-04T02:00:00Z"])
    }

    @Test func `a month begins on its first day at 00:00 UTC`() throws {
        let kept = try firsts(
            ["2027-02-28T23:59:59Z", "2027-03-01T00:00:00Z", "2027-03-31T23:59:59Z", "2027-04-02T02:00:00Z"],
            monthly: 99)
        #expect(
            kept == [
                "2027-02-28T23:59:59Z": "the first good one of the month 2027-02",
                "2027-03-01T00:00:00Z": "the first good one of the month 2027-03",
                "2027-04-02T02:00:00Z": "the first good one of the month 2027-04",
            ])
    }

    @Test func `only weeks and months that have one count, the newest of them`() throws {
        let times = ["2027-03-03T02:00:00Z", "2027-06-09T02:00:00Z", "2027-06-16T02:00:00Z", "2027-11-17T02:00:00Z"]
        // The newest week and month are those of the recent ones, those before of the one that covers the window.
        #expect(try firsts(times, weekly: 2).isEmpty)
        #expect(try firsts(times, weekly: 4).keys.sorted() == Array(times.suffix(2)))
        #expect(try firsts(times, monthly: 2).isEmpty)
        #expect(try firsts(times, monthly: 4).keys.sorted() == [times[1], times[3]])
    }

    @Test func `either rule is enough to keep one`() throws {
        let times = ["2027-09-30T02:00:00Z", "2027-10-02T02:00:00Z", "2027-10-05T02:00:00Z", "2027-10-07T02:00:00Z"]
        #expect(try firsts(times, weekly: 99, monthly: 99).keys.sorted() == Array(times.prefix(3)))
    }

    @Test func `one that is not good is not the first`() throws {
        let now = try UnixMilliseconds(iso8601: "2027-11-21T12:00:00Z")
        let recent = (0..<9).map { Sample.backup(at: now - $0 * Sample.day) }
        let monday = try UnixMilliseconds(iso8601: "2027-10-04T02:00:00Z")
        let states: [RetentionSample.State] = [.failed, .good, .good]
        let old = states.enumerated().map { Sample.backup(at: monday + Int64($0.offset) * Sample.day, $0.element) }
        let plan = RetentionPolicy(days: 7, weekly: 9).plan(
            for: old + recent, of: Sample.subject, now: now, forced: true)
        #expect(plan.decisions.prefix(3).map(\.verdict) == [.remove, .keep, .remove])
    }
}
