extension Unicode.Scalar {
    /// Whether it could steer a terminal, end a line, or turn the direction of what follows.
    package var isSteering: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension StringProtocol {
    /// On one line, with nothing in it that could steer whoever reads it: such signs stand as `\n` or `\u{1B}`.
    ///
    /// Texts of others go through here on their way to a terminal or a log; what went through it once does not change again.
    package var visible: String {
        if !unicodeScalars.contains(where: \.isSteering) { return String(self) }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isSteering { text += scalar.escaped(asASCII: true) } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// A document in JSON with the same meaning: signs between its lines are kept, those within its texts stand as `\u009b`.
    package var visibleInJSON: String {
        if !unicodeScalars.contains(where: Self.needsEscape) { return String(self) }
        var text = ""
        for scalar in unicodeScalars {
            if Self.needsEscape(scalar) { text += scalar.escapedInJSON } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// A line feed of the document itself stands between its texts; within them the encoder has escaped it.
    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x7F && scalar.isSteering }
}

extension String {
    /// A path of a file, which a person may have written as one of a folder.
    package var withoutTrailingSlash: String {
        let end = lastIndex { $0 != "/" }
        return end.map { String(self[...$0]) } ?? self
    }
}

extension Unicode.Scalar {
    package var escapedInJSON: String {
        let digits = String(value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
