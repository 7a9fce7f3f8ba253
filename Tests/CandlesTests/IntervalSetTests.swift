import Candles
import TestSupport
import Testing

@Suite("Interval set") struct IntervalSetTests {
    @Test func `keeps what a plain set of minutes would keep`() {
        for seed in UInt64(1)...200 {
            var random = SeededGenerator(seed: seed)
            var set = IntervalSet()
            var model = Set<Int64>()
            for _ in 0..<40 {
                let start = Int64.random(in: 0..<60, using: &random)
                let range = TimeRange(start, start + Int64.random(in: 0..<12, using: &random))
                if Bool.random(using: &random) {
                    set.insert(range)
                    model.formUnion(range.start..<range.end)
                } else {
                    set = set.subtracting(IntervalSet([range]))
                    model.subtract(range.start..<range.end)
                }
                #expect(Set(set.ranges.flatMap { $0.start..<$0.end }) == model, "seed \(seed)")
                #expect(isMerged(set), "seed \(seed)")
                #expect(set.milliseconds == Int64(model.count), "seed \(seed)")
            }
            for minute in Int64(0)..<80 { #expect(set.contains(minute) == model.contains(minute), "seed \(seed)") }
        }
    }

    private func isMerged(_ set: IntervalSet) -> Bool {
        zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.end < $1.start }
            && set.ranges.allSatisfy { !$0.isEmpty }
    }

    @Test func `merges stretches that touch`() {
        let set = IntervalSet([TimeRange(0, 10), TimeRange(20, 30), TimeRange(10, 20)])
        #expect(set.ranges == [TimeRange(0, 30)])
    }

    @Test func `subtracts the known from the wanted`() {
        let unknown = IntervalSet([TimeRange(0, 100)]).subtracting(
            IntervalSet([TimeRange(10, 20), TimeRange(90, 200)]))
        #expect(unknown.ranges == [TimeRange(0, 10), TimeRange(20, 90)])
    }

    @Test func `clips to a stretch`() {
        let set = IntervalSet([TimeRange(0, 10), TimeRange(20, 30)])
        #expect(set.intersection(TimeRange(5, 25)).ranges == [TimeRange(5, 10), TimeRange(20, 25)])
    }

    @Test func `a reversed pair is the empty stretch`() {
        #expect(TimeRange(5, 1).isEmpty)
        #expect(IntervalSet([TimeRange(5, 1)]).isEmpty)
    }
}
