@testable import Frontend

extension Schema {
    /// What is wrong with a value, each with its place.
    func findings(in value: AnyJSON?, at place: String = "data") -> [String] {
        switch (self, value) {
        case (.named(_, let inner), _), (.described(let inner, _), _): return inner.findings(in: value, at: place)
        case (.nullable, .null), (.string, .text), (.number, .number), (.boolean, .flag): return []
        case (.nullable(let inner), _): return inner.findings(in: value, at: place)
        case (.integer, .number(let number)): return number == number.rounded() ? [] : ["\(place) is no integer"]
        case (.choice(let choices), .text(let text)): return choices.contains(text) ? [] : ["\(place) is \(text)"]
        case (.array(let inner), .list(let list)): return Self.elements(list, inner, place)
        case (.pair(let inner), .list(let list)):
            return list.count == 2 ? Self.elements(list, inner, place) : ["\(place) is no pair"]
        case (.object(let members), .object(let object)): return Self.members(object, members, place)
        default: return ["\(place) is no \(self)"]
        }
    }

    private static func elements(_ list: [AnyJSON], _ inner: Schema, _ place: String) -> [String] {
        list.enumerated().flatMap { inner.findings(in: $1, at: "\(place)[\($0)]") }
    }

    private static func members(_ object: [String: AnyJSON], _ members: [Member], _ place: String) -> [String] {
        let unknown = Set(object.keys).subtracting(members.map(\.name)).sorted()
        return unknown.map { "\(place).\($0) is in no schema" }
            + members.flatMap { member in
                object[member.name].map { member.schema.findings(in: $0, at: "\(place).\(member.name)") }
                    ?? ["\(place).\(member.name) is not there"]
            }
    }
}
