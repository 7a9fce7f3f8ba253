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
