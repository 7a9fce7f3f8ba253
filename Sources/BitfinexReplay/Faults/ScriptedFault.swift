/// A fault, and the requests that it befalls.
package struct ScriptedFault: Sendable, Equatable {
    package var effect: FaultEffect
    /// Part of the request's `path?query`, as the client wrote it; empty for every request below `/v2`.
    package var path: String
    /// How many such requests go well first.
    package var skip: Int
    /// How often it befalls one; nil for ever.
    package var times: Int?
    /// After those skipped, only each so-many-th: 7 means the 7th, the 14th, ….
    package var every: Int

    package init(_ effect: FaultEffect, path: String = "", skip: Int = 0, times: Int? = nil, every: Int = 1) {
        self.effect = effect
        self.path = path
        self.skip = skip
        self.times = times
        self.every = every
    }
}

/// The scripted faults, with what each has seen so far.
struct FaultScript: Sendable {
    private var entries: [(fault: ScriptedFault, seen: Int, fired: Int)] = []

    mutating func add(_ fault: ScriptedFault) { entries.append((fault, 0, 0)) }

    /// The effects on the request that has just arrived, in the order in which they were scripted.
    mutating func effects(on target: String) -> [FaultEffect] {
        var effects: [FaultEffect] = []
        for index in entries.indices
        where entries[index].fault.path.isEmpty || target.contains(entries[index].fault.path) {
            let fault = entries[index].fault
            entries[index].seen += 1
            let position = entries[index].seen - fault.skip
            guard position > 0, position % max(1, fault.every) == 0, entries[index].fired < fault.times ?? .max else {
                continue
            }
            entries[index].fired += 1
            effects.append(fault.effect)
        }
        return effects
    }
}
