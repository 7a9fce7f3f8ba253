/// The shape of a value in JSON, as OpenAPI writes it.
indirect enum Schema: Sendable, Equatable {
    case string
    case number
    /// Milliseconds, counts.
    case integer
    case boolean
    case choice([String])
    case array(Schema)
    /// Two of the same.
    case pair(Schema)
    case nullable(Schema)
    /// All members are always there.
    case object([Member])
    /// Described once, and referred to.
    case named(String, Schema)
    case described(Schema, String)

    struct Member: Sendable, Equatable {
        let name: String
        let schema: Schema
    }

    static func object(_ members: KeyValuePairs<String, Schema>) -> Schema {
        .object(members.map { Member(name: $0.key, schema: $0.value) })
    }

    static func named(_ name: String, _ members: KeyValuePairs<String, Schema>) -> Schema {
        .named(name, .object(members))
    }

    static func means(_ meaning: String, _ schema: Schema) -> Schema { .described(schema, meaning) }

    /// All that is named inside, by name.
    var names: [String: Schema] {
        switch self {
        case .string, .number, .integer, .boolean, .choice: [:]
        case .array(let inner), .pair(let inner), .nullable(let inner), .described(let inner, _): inner.names
        case .object(let members):
            members.reduce(into: [:]) { $0.merge($1.schema.names) { first, _ in first } }
        case .named(let name, let inner): inner.names.merging([name: inner]) { first, _ in first }
        }
    }
}

/// JSON that is put together by hand.
indirect enum JSONTree: Encodable, Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    case null
    case list([JSONTree])
    case members([String: JSONTree])

    func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        switch self {
        case .text(let text): try box.encode(text)
        case .integer(let number): try box.encode(number)
        case .flag(let flag): try box.encode(flag)
        case .null: try box.encodeNil()
        case .list(let list): try box.encode(list)
        case .members(let members): try box.encode(members)
        }
    }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(dictionaryLiteral members: (String, JSONTree)...) {
        self = .members(Dictionary(members) { first, _ in first })
    }
    init(arrayLiteral list: JSONTree...) { self = .list(list) }

    /// With one more member, of members.
    func adding(_ name: String, _ value: JSONTree) -> JSONTree {
        guard case .members(var members) = self else { return self }
        members[name] = value
        return .members(members)
    }
}

extension Schema {
    /// As JSON Schema 2020-12, which OpenAPI 3.1 uses.
    var openAPI: JSONTree {
        switch self {
        case .string: ["type": "string"]
        case .number: ["type": "number"]
        case .integer: ["type": "integer"]
        case .boolean: ["type": "boolean"]
        case .choice(let choices): ["type": "string", "enum": .list(choices.map { .text($0) })]
        case .array(let inner): ["type": "array", "items": inner.openAPI]
        case .pair(let inner):
            ["type": "array", "items": inner.openAPI, "minItems": .integer(2), "maxItems": .integer(2)]
        case .nullable(let inner): ["anyOf": [inner.openAPI, ["type": "null"]]]
        case .object(let members):
            [
                "type": "object", "required": .list(members.map { .text($0.name) }),
                "properties": .members(Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.schema.openAPI) })),
            ]
        case .named(let name, _): ["$ref": .text("#/components/schemas/\(name)")]
        case .described(let inner, let meaning): inner.openAPI.adding("description", .text(meaning))
        }
    }
}
