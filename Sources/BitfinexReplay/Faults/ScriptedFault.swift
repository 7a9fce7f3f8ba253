/// A fault, and the requests that it befalls.
package struct ScriptedFault: Sendable, Equatable {
    package var effect: FaultEffect
    /// Part of the request's `path?query`, as the client wrote it, or of a WebSocket channel's key; empty for all.
    package var path: String
    /// How many such requests, frames or messages go well first.
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
        entries.indices.compactMap { index in
            let effect = entries[index].fault.effect
            if case .webSocket = effect { return nil }
            return strikes(index, target) ? effect : nil
        }
    }

    /// The faults of the WebSocket that strike now, on a channel's key.
    mutating func webSocketFaults(on occasion: WebSocketFault.Occasion, _ key: String) -> [WebSocketFault] {
        entries.indices.compactMap { index in
            guard case .webSocket(let fault) = entries[index].fault.effect, fault.occasion == occasion else {
                return nil
            }
            return strikes(index, key) ? fault : nil
        }
    }

    /// Whether `GET /v2/platform/status` would tell of maintenance.
    var saysMaintenance: Bool {
        entries.contains { entry in
            guard case .error(.maintenance, _) = entry.fault.effect else { return false }
            return "/v2/platform/status".contains(entry.fault.path) || entry.fault.path.isEmpty
        }
    }

    private mutating func strikes(_ index: Int, _ target: String) -> Bool {
        let fault = entries[index].fault
        guard fault.path.isEmpty || target.contains(fault.path) else { return false }
        entries[index].seen += 1
        let position = entries[index].seen - fault.skip
        guard position > 0, position % max(1, fault.every) == 0, entries[index].fired < fault.times ?? .max else {
            return false
        }
        entries[index].fired += 1
        return true
    }
}
