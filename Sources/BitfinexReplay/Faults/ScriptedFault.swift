import Candles

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

/// Flat JSON: `{"fault":"drop_last","rows":100,"path":"/candles/","skip":2,"times":1,"every":1}`.
extension ScriptedFault: Codable {
    enum CodingKeys: String, CodingKey {
        case fault, path, skip, times, every
        case rows, limit, status, body, bytes, seconds, age, from, through, at, row
        case delayMilliseconds = "delay_ms"
        case retryAfter = "retry_after"
    }

    package init(from decoder: any Decoder) throws {
        let json = try decoder.container(keyedBy: CodingKeys.self)
        effect = try FaultEffect(json)
        path = try json.decodeIfPresent(String.self, forKey: .path) ?? ""
        skip = try json.decodeIfPresent(Int.self, forKey: .skip) ?? 0
        times = try json.decodeIfPresent(Int.self, forKey: .times)
        every = try json.decodeIfPresent(Int.self, forKey: .every) ?? 1
        guard skip >= 0, every >= 1, times ?? 1 >= 0 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: json.codingPath, debugDescription: "skip and times are 0 or more, every is 1 or more")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: CodingKeys.self)
        try effect.encode(into: &json)
        try json.encode(path, forKey: .path)
        try json.encode(skip, forKey: .skip)
        try json.encodeIfPresent(times, forKey: .times)
        try json.encode(every, forKey: .every)
    }
}

extension FaultEffect {
    typealias Keys = ScriptedFault.CodingKeys

    fileprivate init(_ json: KeyedDecodingContainer<Keys>) throws {
        let name = try json.decode(String.self, forKey: .fault)
        if let error = ErrorReply(rawValue: name) {
            self = .error(error, retryAfter: try json.decodeIfPresent(Int.self, forKey: .retryAfter))
            return
        }
        if let simple = FaultEffect.simple[name] {
            self = simple
            return
        }
        if let simple = WebSocketFault.simple[name] {
            self = .webSocket(simple)
            return
        }
        self = try FaultEffect.withValues(name, json)
    }

    private static func withValues(_ name: String, _ json: KeyedDecodingContainer<Keys>) throws -> FaultEffect {
        func count(_ key: Keys, or standard: Int) throws -> Int {
            let value = try json.decodeIfPresent(Int.self, forKey: key) ?? standard
            guard value >= 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: json, debugDescription: "\(key.stringValue) must be 0 or more")
            }
            return value
        }
        switch name {
        case "reply":
            let status = try json.decode(Int.self, forKey: .status)
            guard (200...599).contains(status) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .status, in: json, debugDescription: "status must be from 200 to 599")
            }
            return .reply(status: status, body: try json.decode(String.self, forKey: .body))
        case "as_of": return .asOf(seconds: try count(.seconds, or: 300))
        case "dated":
            return .dated(
                seconds: try json.decodeIfPresent(Int.self, forKey: .seconds),
                age: try json.decodeIfPresent(String.self, forKey: .age))
        case "withdrawn":
            return .withdrawn(
                from: try json.decode(Int64.self, forKey: .from), through: try json.decode(Int64.self, forKey: .through)
            )
        case "replaced_row":
            return .rows(
                .replaced(
                    at: try json.decode(Int64.self, forKey: .at), text: try json.decode(String.self, forKey: .row)))
        case "page_limit": return .pageLimit(try count(.limit, or: 100))
        case "drop_last": return .rows(.dropLast(try count(.rows, or: 1)))
        case "drop_newest": return .rows(.dropNewest(try count(.rows, or: 1)))
        case "slow_drip":
            let pause = Duration.milliseconds(try count(.delayMilliseconds, or: 10))
            return .delivery(.slowDrip(bytes: max(1, try count(.bytes, or: 1_000)), pause: pause))
        case "ws_close":
            let status = try json.decodeIfPresent(Int.self, forKey: .status) ?? 1000
            guard (1000...4999).contains(status) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .status, in: json, debugDescription: "status must be from 1000 to 4999")
            }
            return .webSocket(.close(status: status))
        case "ws_maintenance":
            return .webSocket(.maintenance(.milliseconds(try count(.delayMilliseconds, or: 120_000))))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .fault, in: json, debugDescription: "'\(name)' is not a fault; use one of \(names)")
        }
    }

    fileprivate func encode(into json: inout KeyedEncodingContainer<Keys>) throws {
        if let name = FaultEffect.simple.first(where: { $0.value == self })?.key {
            try json.encode(name, forKey: .fault)
            return
        }
        switch self {
        case .error(let error, let retryAfter):
            try json.encode(error.rawValue, forKey: .fault)
            try json.encodeIfPresent(retryAfter, forKey: .retryAfter)
        case .reply(let status, let body):
            try json.encode("reply", forKey: .fault)
            try json.encode(status, forKey: .status)
            try json.encode(body, forKey: .body)
        case .asOf(let seconds): try json.encode("as_of", seconds, forKey: .seconds)
        case .dated(let seconds, let age):
            try json.encode("dated", forKey: .fault)
            try json.encodeIfPresent(seconds, forKey: .seconds)
            try json.encodeIfPresent(age, forKey: .age)
        case .withdrawn(let from, let through):
            try json.encode("withdrawn", forKey: .fault)
            try json.encode(from, forKey: .from)
            try json.encode(through, forKey: .through)
        case .rows(.replaced(let time, let text)):
            try json.encode("replaced_row", forKey: .fault)
            try json.encode(time, forKey: .at)
            try json.encode(text, forKey: .row)
        case .pageLimit(let limit): try json.encode("page_limit", limit, forKey: .limit)
        case .rows(.dropLast(let count)): try json.encode("drop_last", count, forKey: .rows)
        case .rows(.dropNewest(let count)): try json.encode("drop_newest", count, forKey: .rows)
        case .delivery(.slowDrip(let bytes, let pause)):
            try json.encode("slow_drip", bytes, forKey: .bytes)
            try json.encode(pause.milliseconds, forKey: .delayMilliseconds)
        case .webSocket(.close(let status)): try json.encode("ws_close", status, forKey: .status)
        case .webSocket(.maintenance(let delay)):
            try json.encode("ws_maintenance", Int(delay.milliseconds), forKey: .delayMilliseconds)
        case .webSocket(let fault): try json.encode(fault.name, forKey: .fault)
        case .garbage, .empty, .emptyBody, .sortIgnored, .rows, .delivery: break
        }
    }

    /// The faults that need no value.
    private static let simple: [String: FaultEffect] = [
        "garbage": .garbage, "empty": .empty, "empty_body": .emptyBody, "duplicates": .rows(.duplicates),
        "sort_ignored": .sortIgnored, "unsorted": .rows(.unsorted), "extra_fields": .rows(.extraFields),
        "out_of_range": .rows(.outOfRange),
        "drop_witness": .rows(.dropWitness), "five_fields": .rows(.fiveFields), "null_field": .rows(.nullField),
        "null_row": .rows(.nullRow), "hang": .delivery(.hang), "reset": .delivery(.reset),
        "truncated": .delivery(.truncated),
    ]

    /// Every name that `POST /__fault` understands.
    package static var names: String {
        let valued = [
            "as_of", "dated", "withdrawn", "replaced_row", "reply", "page_limit", "drop_last", "drop_newest",
            "slow_drip", "ws_close", "ws_maintenance",
        ]
        return (ErrorReply.allCases.map(\.rawValue) + simple.keys + WebSocketFault.simple.keys + valued).sorted()
            .joined(separator: ", ")
    }
}

extension KeyedEncodingContainer<ScriptedFault.CodingKeys> {
    fileprivate mutating func encode(_ name: String, _ value: Int, forKey key: Key) throws {
        try encode(name, forKey: .fault)
        try encode(value, forKey: key)
    }
}

/// What goes wrong.
package enum FaultEffect: Sendable, Equatable {
    /// One of the exchange's own errors; while `maintenance` is scripted, the platform's status is 0.
    case error(ErrorReply, retryAfter: Int? = nil)
    /// Any status and body.
    case reply(status: Int, body: String)
    /// 200 with bytes that are not JSON.
    case garbage
    /// 200 with `[]`, whatever there is.
    case empty
    /// 200 without a byte.
    case emptyBody
    /// The maximum of rows a reply is lower than documented, without an error.
    case pageLimit(Int)
    /// The order asked for is ignored: the newest rows come first.
    case sortIgnored
    /// The rows are those of so many seconds ago, as a cache would have kept them.
    case asOf(seconds: Int)
    /// The reply says that it was made so many seconds from now, and how long a cache has had it.
    case dated(seconds: Int?, age: String?)
    /// The exchange has no longer what opened from a time through another.
    case withdrawn(from: Int64, through: Int64)
    case rows(RowEdit)
    case delivery(Delivery)
    /// On `/ws/2` only.
    case webSocket(WebSocketFault)

    /// The reply that is sent instead of the real one; nil where this only changes it.
    func replacement(for path: String) -> ReplayReply? {
        switch self {
        case .error(.maintenance, _) where path == "/v2/platform/status": .json("[0]")
        case .error(.badPath, _): .cannotGet(path)
        case .error(let error, let retryAfter): error.reply(retryAfter: retryAfter)
        case .reply(let status, let body): .json(body, status: status)
        case .garbage: .json("\u{1F}\u{8B} this is not JSON [[1483228800000,")
        case .empty: .json("[]")
        case .emptyBody: ReplayReply()
        case .pageLimit, .sortIgnored, .asOf, .dated, .withdrawn, .rows, .delivery, .webSocket: nil
        }
    }
}
