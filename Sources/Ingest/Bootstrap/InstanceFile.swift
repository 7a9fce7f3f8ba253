/// The env file of one instance of a unit: which settings a person finds there, and may change.
package struct InstanceFile: Sendable, Equatable {
    /// The file's name in the folder of env files.
    package let name: String
    /// Name and value, in the order in which they are written.
    package let settings: [Setting]

    package struct Setting: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What an existing file means for ours.
    package enum Standing: Sendable, Equatable {
        case missing
        case same
        /// Other words for the same series: a person's own settings, which are kept.
        case customized
        /// Settings that name another series than the instance does.
        case contradicts([Setting])
    }

    package var text: String { settings.map { "\($0.name)=\($0.value)\n" }.joined() }

    /// `existing`: the text of the file that is there, or nil.
    package func standing(of existing: String?) -> Standing {
        guard let existing else { return .missing }
        let found = Self.settings(in: existing)
        if found == settings { return .same }
        let wrong = found.filter { other in
            ["CT_SYMBOL", "CT_TIMEFRAME"].contains(other.name)
                && settings.contains { $0.name == other.name && $0.value != other.value }
        }
        return wrong.isEmpty ? .customized : .contradicts(wrong)
    }

    /// Lines of NAME=value as systemd reads them: comments begin with # or ;, and a value may stand in quotes.
    private static func settings(in text: String) -> [Setting] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard let first = line.first, first != "#", first != ";", let equals = line.firstIndex(of: "=") else {
                return nil
            }
            var value = line[line.index(after: equals)...]
            while value.last?.isWhitespace == true { value.removeLast() }
            for quote: Character in ["\"", "'"] where value.count > 1 && value.first == quote && value.last == quote {
                value = value.dropFirst().dropLast()
            }
            return Setting(String(line[..<equals]), String(value))
        }
    }
}
