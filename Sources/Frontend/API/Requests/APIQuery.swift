import Candles

/// What a document is asked with, read and found to be in order.
struct APIQuery: Sendable, Equatable {
    private let values: [String: QueryValue]
    /// The target in the one spelling under which the answer is kept.
    let target: String

    /// - Throws: An `APIProblem` that names all that is wrong.
    init(_ query: Substring, of path: String, taking parameters: [QueryParameter]) throws(APIProblem) {
        var reader = QueryReader(parameters)
        for pair in QueryText.pairs(query) { reader.read(pair) }
        values = try reader.values()
        var target = path
        for parameter in parameters {
            guard let value = values[parameter.name] else { continue }
            target += "\(target.utf8.count == path.utf8.count ? "?" : "&")\(parameter.name)="
            switch value {
            case .text(let text): target += QueryText.encoded(text)
            case .integer(let number): target += "\(number)"
            }
        }
        self.target = target
    }

    func text(_ name: String) -> String? {
        if case .text(let text)? = values[name] { text } else { nil }
    }

    func integer(_ name: String) -> Int64? {
        if case .integer(let number)? = values[name] { number } else { nil }
    }
}

/// Reads the parameters of one request, and notes all that is wrong with them.
private struct QueryReader {
    private let parameters: [QueryParameter]
    private var read: [String: QueryValue] = [:]
    private var seen: Set<String> = []
    private var problems: [String] = []

    init(_ parameters: [QueryParameter]) { self.parameters = parameters }

    mutating func read(_ pair: (name: String, value: String)?) {
        guard let pair else {
            problems.append("a parameter is no percent-encoded UTF-8")
            return
        }
        guard let parameter = parameters.first(where: { $0.name == pair.name }) else {
            problems.append("'\(pair.name.shown)' is no parameter of this document" + nearest(to: pair.name))
            return
        }
        if !seen.insert(pair.name).inserted {
            problems.append("\(pair.name) is given twice")
            return
        }
        if let value = value(pair.value, parameter) { read[pair.name] = value }
    }

    /// - Throws: Where anything was wrong.
    func values() throws(APIProblem) -> [String: QueryValue] {
        let missing = parameters.filter { $0.isRequired && !seen.contains($0.name) }.map { "\($0.name) is missing" }
        let all = problems + missing
        if all.isEmpty { return read }
        let names = parameters.map { $0.isRequired ? $0.name : "[\($0.name)]" }.joined(separator: ", ")
        throw APIProblem(
            .badParameters, all.joined(separator: "; "),
            hint: parameters.isEmpty
                ? "ask without parameters"
                : "it takes \(names); their forms are in /api/v1/openapi.json")
    }

    private mutating func value(_ text: String, _ parameter: QueryParameter) -> QueryValue? {
        switch parameter.kind {
        case .symbol:
            guard let name = name(text, parameter) else { return nil }
            return .text((try? Symbol(name))?.name ?? name)
        case .timeframe: return name(text, parameter).map { .text($0) }
        case .time:
            if let time = Self.time(text) { return .integer(time) }
            return wrong(text, parameter, "use integer milliseconds since 1970, or ISO 8601 as in 2024-01-31T12:00:00Z")
        case .integer(let range, _):
            if let number = Self.integer(text), range.contains(number) { return .integer(number) }
            return wrong(text, parameter, "use \(range.lowerBound) to \(range.upperBound)")
        case .choice(let choices, _):
            if choices.contains(text) { return .text(text) }
            return wrong(text, parameter, "use \(choices.joined(separator: ", "))")
        }
    }

    private mutating func name(_ text: String, _ parameter: QueryParameter) -> String? {
        if (1...32).contains(text.unicodeScalars.count) { return text }
        _ = wrong(text, parameter, "use 1 to 32 characters")
        return nil
    }

    private mutating func wrong(_ text: String, _ parameter: QueryParameter, _ form: String) -> QueryValue? {
        problems.append("\(parameter.name) is '\(text.shown)'; \(form)")
        return nil
    }

    private func nearest(to name: String) -> String {
        Spelling.nearest(to: String(name.prefix(32)), in: parameters.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    }

    /// Without a plus, blanks, or anything else that a number of JSON has not.
    private static func integer(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }

    private static func time(_ text: String) -> UnixMilliseconds? {
        if let number = integer(text) { return APITime.range.contains(number) ? number : nil }
        return APITime.read(text).map { min(max($0, APITime.range.lowerBound), APITime.range.upperBound) }
    }
}

extension String {
    /// As it may stand in a message: not too long.
    fileprivate var shown: String { count > 40 ? prefix(40) + "…" : self }
}

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

/// The times that a request may name.
enum APITime {
    /// From 1970 to the end of the year 9999.
    static let range: ClosedRange<UnixMilliseconds> = 0...253_402_300_799_999

    /// Reads ISO 8601; nil for any other text.
    static func read(_ text: String) -> UnixMilliseconds? { try? UnixMilliseconds(iso8601: text) }
}
