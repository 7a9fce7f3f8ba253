import Candles
import Foundation
import TestSupport
import Testing

@testable import Backup

@Suite("Retention: a simulated year", .timeLimit(.minutes(5))) struct RetentionYearTests {
    @Test func `the year has two nights that are an hour longer or shorter`() {
        let nights = SimulatedYear.nights()
        let lengths = zip(nights, nights.dropFirst()).map { ($1 - $0) / RetentionSample.hour }
        #expect(nights.count == 365)
        #expect(Set(lengths) == [23, 24, 25])
    }

    @Test(arguments: UInt64(1)...2) func `the last good backup stays, and the folder stays small`(seed: UInt64)
        async throws
    {
        var year = try SimulatedYear(seed: seed)
        let odd = ["notes.txt", "sqlite_backup_20251231_020000.db.gz.old", "sqlite_backup_20251331_020000.db.gz"]
        for name in odd { try Data().write(to: year.scratch.url.appending(path: name)) }
        var removals = 0
        for (index, time) in SimulatedYear.nights().enumerated() {
            // Others have tests that must be in time.
            await Task.yield()
            let note: Comment = "seed \(seed), night \(index)"
            guard let removal = try year.night(index, at: time) else { continue }
            removals += removal.before.count - removal.after.count
            let (before, after) = (removal.before.filter(\.isGood), removal.after.filter(\.isGood))
            #expect(after.contains { $0.name == removal.new }, note)
            #expect(after.last?.name == before.last?.name, note)
            #expect(after.count >= min(RetentionPolicy.minimum, before.count), note)
            if removal.plan?.refusal != nil { #expect(removal.before == removal.after, note) }
            let unreadable = removal.before.filter { $0.known == nil }
            #expect(unreadable.allSatisfy { removal.after.contains($0) }, note)
        }
        // Each kind of trouble came, and was overcome.
        #expect(year.refusedNights > 0, "seed \(seed)")
        #expect(year.killedRuns > 0, "seed \(seed)")
        #expect(removals > 200, "seed \(seed)")
        #expect(year.largest <= SimulatedYear.days + 10, "seed \(seed)")
        #expect(try year.readable() <= SimulatedYear.days + 3, "seed \(seed)")
        #expect(try year.good().count >= SimulatedYear.days, "seed \(seed)")
        #expect(Set(odd).isSubset(of: Set(try year.scratch.url.names())), "seed \(seed)")
    }
}
