import Candles
import Journal
import TestSupport
import Testing

@Suite("Clock witness") struct ClockWitnessTests {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour
    private static let start: UnixMilliseconds = 1_700_000_000_000

    private let witness = ClockWitness(first: start, evidence: nil, boot: "a", uptime: 0)

    @Test(arguments: [
        // lived, what the wall clock says went by, boot, what is believed to have gone by
        (hour, hour, "a", hour), (30 * day, 30 * day, "a", 30 * day),
        (hour, hour + 50 * 60_000, "a", hour + 50 * 60_000),
        (hour, 5 * hour, "a", hour), (hour, 4 * 365 * day, "a", hour), (hour, -5 * hour, "a", -5 * hour),
        (hour, -4 * 365 * day, "a", -4 * 365 * day), (hour, 2 * day, "b", 2 * day), (hour, 9 * day, "b", hour),
        (hour, 4 * 365 * day, "b", hour), (hour, -day, "b", -day), (8 * day, 4 * 365 * day, "b", 8 * day),
    ])
    func `ages count by what went by, as far as anything proves it`(
        lived: Int64, said: Int64, boot: String, believed: Int64
    ) {
        let now = Self.start + said
        #expect(witness.next(now, boot: boot, uptime: lived).ages(at: now) == Self.start + believed)
    }

    @Test func `a first look believes the clock, unless something tells of another time`() {
        func ages(_ evidence: UnixMilliseconds?) -> UnixMilliseconds {
            ClockWitness(first: Self.start, evidence: evidence, boot: "a", uptime: 5).ages(at: Self.start)
        }
        #expect(ages(nil) == Self.start)
        #expect(ages(Self.start - 2 * Self.day) == Self.start)
        #expect(ages(Self.start - 40 * Self.day) == Self.start - 40 * Self.day)
        #expect(ages(Self.start + 40 * Self.day) == Self.start)
    }

    @Test func `a clock that is put right again is believed at once, and one that stays for a week after that`() {
        let wrong = witness.next(Self.start + 1000 * Self.day, boot: "a", uptime: Self.hour)
        #expect(wrong.doubt != nil)
        let right = wrong.next(Self.start + 2 * Self.hour, boot: "a", uptime: 2 * Self.hour)
        #expect(right.doubt == nil && right.believed == Self.start + 2 * Self.hour)
        var later = wrong
        for day in 1...6 {
            let lived = Int64(day) * Self.day
            later = later.next(Self.start + 1000 * Self.day + lived, boot: "a", uptime: Self.hour + lived)
            #expect(later.believed == Self.start + Self.hour + lived)
        }
        let now = Self.start + 1007 * Self.day
        later = later.next(now, boot: "a", uptime: Self.hour + 7 * Self.day)
        #expect(later.doubt == nil && later.believed == now)
    }

    /// Whatever the wall clock says, ages never run ahead of true time by more than what a machine that was off may claim.
    @Test func `clocks that jump at random make nothing older than it is`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var witness = witness
            var lived: Int64 = 0
            for _ in 0..<20 {
                lived += Int64.random(in: 0...6 * Self.hour, using: &random)
                let jump =
                    Bool.random(using: &random) ? 0 : Int64.random(in: -3000...3000, using: &random) * Self.day / 7
                let now = Self.start + lived + jump
                witness = witness.next(now, boot: "a", uptime: lived)
                #expect(witness.ages(at: now) <= Self.start + lived + Self.hour, "seed \(seed)")
            }
        }
    }
}
