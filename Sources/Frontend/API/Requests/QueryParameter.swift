/// What a document may be asked with.
struct QueryParameter: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// `BTCUSD`; a leading `t` is dropped. Whether it is kept is seen later.
        case symbol
        /// `1m`; whether it is kept is seen later.
        case timeframe
        /// Integer milliseconds since 1970, or ISO 8601.
        case time
        case integer(ClosedRange<Int64>, default: Int64)
        case choice([String], default: String)
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    let meaning: String

    init(_ name: String, _ kind: Kind, isRequired: Bool = false, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.meaning = meaning
    }
}

enum QueryValue: Sendable, Equatable {
    case text(String)
    case integer(Int64)
}
