import Candles

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
